// Views: rows are typed from the projection to the question.
import { defineAggregate, defineCommandHandler, defineProjection, defineQueryHandler } from 'annals';
import type { Command, CommandHandler, Event, FieldPath, LiveQuery, Projection, ReadonlyView, RecordedEvent, Store, StoreOptions, View } from 'annals';
import type { Holds, Same } from './assert.ts';

interface Row {
  readonly owner: string;
  readonly balance: number;
  readonly address?: { readonly city: string; readonly geo: { readonly lat: number; readonly far: { readonly off: number } } };
  readonly tags: readonly string[];
  readonly state: 'open' | 'closed' | null;
}
type AccountEvent = Event<'Opened', { readonly owner: string }> | Event<'Deposited', { readonly amount: number }>;

type Fields = Holds<Same<FieldPath<Row>, 'owner' | 'balance' | 'address' | 'address.city' | 'address.geo' | 'address.geo.lat' | 'address.geo.far' | 'tags' | 'state'>>;

const account = defineAggregate<null, Command<'Open'>, AccountEvent>({ name: 'account', initialState: () => null, decide: { Open: () => [] }, evolve: { Opened: () => null, Deposited: () => null } });

export const balances = defineProjection<Row, AccountEvent>({
  name: 'balances',
  version: 1,
  from: [account, 'transfer'],
  key: (event) => (event.type === 'Opened' ? event.data.owner : [event.streamId]),
  indexes: ['owner', 'balance', 'address.city'],
  on: {
    Opened: (_, { data }) => ({ owner: data.owner, balance: 0, tags: [], state: 'open' }),
    Deposited: (row, event) => {
      type Given = Holds<Same<typeof event, RecordedEvent<Event<'Deposited', { readonly amount: number }>>>>;
      // @ts-expect-error the row may not be there
      row.balance;
      return row && { ...row, balance: row.balance + event.data.amount };
    },
  },
  onError: 'skip',
});
type Defined = Holds<Same<typeof balances, Projection<Row>>>;

// Events that the view has no interest in need no function.
defineProjection<Row, AccountEvent>({ name: 'some', version: 1, on: { Opened: () => null } });
defineProjection<Row, AccountEvent>({
  name: 'wrong',
  version: 1,
  // @ts-expect-error no such field
  indexes: ['nobody'],
  on: {
    // @ts-expect-error a row of another shape
    Opened: () => ({ owner: 7 }),
  },
});
defineProjection<Row, AccountEvent>({
  name: 'wrong',
  version: 1,
  // @ts-expect-error no such event
  on: { Opened: () => null, Closed: () => null },
});
// @ts-expect-error a version has to be said
defineProjection<Row, AccountEvent>({ name: 'none', on: {} });

declare const store: Store;
export const view: View<Row> = store.view(balances);
export const row: Row | undefined = view.get('a');
export const rows: readonly Row[] = view.find({ where: { owner: 'ada', balance: { gte: 10, in: [1, 2] }, 'address.city': { startsWith: 'G' }, state: null }, orderBy: 'address.geo.lat', direction: 'desc', limit: 20 });
// @ts-expect-error no such field
view.find({ where: { nobody: 1 } });
// @ts-expect-error a text has no such value
view.find({ where: { owner: 7 } });
// @ts-expect-error no such operator
view.find({ where: { balance: { equals: 7 } } });
// @ts-expect-error no such field
view.find({ orderBy: 'address.street' });
export const count: number = view.count({ where: { state: 'open' } });
export const live: LiveQuery<Row> = view.live({ orderBy: 'balance' });
export const frames: readonly Row[] = live.get();
view.subscribe((given) => given.count());
view.subscribe((one: Row | undefined) => one?.owner, { key: 'a' });
export const past: Promise<ReadonlyView<Row>> = view.asOf({ position: 7 });
// @ts-expect-error one moment, not two
void view.asOf({ position: 7, time: 7 });
// @ts-expect-error the past has nothing to listen to
void past.then((one) => one.live());

// A view whose rows nobody has told of takes any field.
const untyped = defineProjection({ name: 'untyped', version: 1, on: { Any: (_, { data }) => data } });
store.view(untyped).find({ where: { anything: 1 }, orderBy: 'else' });

type Transfer = Command<'Transfer', { readonly amount: number }>;
export const transfer = defineCommandHandler<Transfer, number>('Transfer', async (command, { appendMany, view, metadata }) => {
  command.data.amount + view(balances).count();
  metadata['userId'];
  return (await appendMany([{ streamId: 'a', events: [], expectedRevision: 'any' }])).position;
});
type Handles = Holds<Same<typeof transfer, CommandHandler<Transfer, number>>>;
export const statement = defineQueryHandler<Command<'Statement', { readonly owner: string }>, readonly Row[]>('Statement', ({ data }, context) => {
  // @ts-expect-error queries write nothing
  context.append;
  return context.view(balances).find({ where: { owner: data.owner } });
});
// @ts-expect-error the type is that of the command
defineCommandHandler<Transfer, number>('Other', () => 1);

export const sent: Promise<number> = store.send(transfer, { type: 'Transfer', data: { amount: 1 } });
// @ts-expect-error no such data
void store.send(transfer, { type: 'Transfer', data: { sum: 1 } });
export const asked: Promise<readonly Row[]> = store.query(statement, { type: 'Statement', data: { owner: 'ada' } });
export const routed: Promise<unknown> = store.send({ type: 'Transfer', data: { amount: 1 } });

// Lists of different ones type-check.
export const options: StoreOptions = { name: 'bank', projections: [balances, untyped], commandHandlers: [transfer], queryHandlers: [statement], views: 'background' };
