// Aggregates: commands, events and state are typed from end to end.
import { defineAggregate } from 'annals';
import type { Aggregate, Command, DispatchResult, Event, LoadResult, RecordedEvent, Store, StoreOptions } from 'annals';
import type { Holds, Same } from './assert.ts';

interface Account {
  readonly open: boolean;
  readonly balance: number;
}
type AccountCommand = Command<'Open'> | Command<'Deposit', { readonly amount: number }>;
type AccountEvent = Event<'Opened', null> | Event<'Deposited', { readonly amount: number }>;

export const account = defineAggregate<Account, AccountCommand, AccountEvent>({
  name: 'account',
  initialState: () => ({ open: false, balance: 0 }),
  decide: {
    Open: (state) => (state.open ? undefined : { type: 'Opened' }),
    Deposit: (state, { data }) => {
      // @ts-expect-error no such field
      data.sum;
      return state.open ? [{ type: 'Deposited', data: { amount: data.amount }, tags: ['money'] }] : [];
    },
  },
  evolve: {
    Opened: (state) => ({ ...state, open: true }),
    Deposited: (state, { data, revision }) => ({ ...state, balance: state.balance + data.amount + 0 * revision }),
  },
  snapshots: { every: 100, version: 2 },
});

type Defined = Holds<Same<typeof account, Aggregate<Account, AccountCommand, AccountEvent>>>;

// A list of different ones type-checks, and so does one of them where any is meant.
export const options: StoreOptions = { name: 'bank', aggregates: [account], development: true };
export const any: Aggregate = account;

defineAggregate<Account, AccountCommand, AccountEvent>({
  name: 'account',
  initialState: () => ({ open: false, balance: 0 }),
  // @ts-expect-error Deposit has no function
  decide: { Open: () => ({ type: 'Opened' }) },
  // @ts-expect-error Deposited has no function
  evolve: { Opened: (state) => state },
});

defineAggregate<Account, AccountCommand, AccountEvent>({
  name: 'account',
  // @ts-expect-error another state
  initialState: () => ({ open: 1 }),
  decide: {
    // @ts-expect-error no such event
    Open: () => ({ type: 'Open' }),
    // @ts-expect-error other data
    Deposit: () => ({ type: 'Deposited', data: { amount: '1' } }),
  },
  evolve: {
    Opened: (state) => state,
    // @ts-expect-error times and positions are not known when a state is made
    Deposited: (state, event) => ({ ...state, balance: event.recordedAt }),
    // @ts-expect-error misspelt
    Depositted: (state: Account) => state,
  },
});

export async function use(store: Store): Promise<number> {
  const result = await store.dispatch(account, 'a', { type: 'Deposit', data: { amount: 1 } }, { commandId: 'c', expectedRevision: 3 });
  type Result = Holds<Same<typeof result, DispatchResult<Account, AccountEvent>>>;
  type Events = Holds<Same<(typeof result)['events'], readonly RecordedEvent<AccountEvent>[]>>;
  await store.dispatch(account, 'a', { type: 'Open' });
  // @ts-expect-error no such command
  await store.dispatch(account, 'a', { type: 'Close' });
  // @ts-expect-error data is missing
  await store.dispatch(account, 'a', { type: 'Deposit' });
  // @ts-expect-error other data
  await store.dispatch(account, 'a', { type: 'Deposit', data: { amount: 'much' } });
  const loaded = await store.load(account, 'a', { asOf: { time: 5 } });
  type Loaded = Holds<Same<typeof loaded, LoadResult<Account>>>;
  return loaded.state.balance + result.state.balance;
}
