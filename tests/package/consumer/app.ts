// A project that uses the package, compiled as strictly as can be: everything has a type, and none of them is lost on the way.
import { defineAggregate, defineProjection, isAnnalsError, openStore, type Command, type Event, type Store, type View } from 'annals';
import { openStore as openSlim, setEngine } from 'annals/slim';
import { openStore as openStatic } from 'annals/static';
import { given } from 'annals/testing';

type Counted = Event<'Counted', { by: number }>;

const counter = defineAggregate<number, Command<'Count', { by: number }>, Counted>({
  name: 'counter',
  initialState: () => 0,
  decide: { Count: (_, { data }) => ({ type: 'Counted', data }) },
  evolve: { Counted: (state, { data }) => state + data.by },
});
const counts = defineProjection<{ total: number }, Counted>({ name: 'counts', version: 1, on: { Counted: (row, { data }) => ({ total: (row?.total ?? 0) + data.by }) } });

given(counter).when({ type: 'Count', data: { by: 1 } }).then([{ type: 'Counted', data: { by: 1 } }]).thenState(1);

export async function open(): Promise<View<{ total: number }>> {
  setEngine(() => fetch('/engine.wasm'));
  const stores: readonly Store[] = await Promise.all([openStore, openSlim, openStatic].map((open) => open({ name: 'counters', aggregates: [counter], projections: [counts] })));
  const [store] = stores;
  if (store === undefined) throw new Error('there is no store');
  try {
    const { state }: { readonly state: number } = await store.dispatch(counter, 'a', { type: 'Count', data: { by: 1 } });
    for await (const event of store.readStream<Counted>(`counter-${state}`)) console.log(event.data.by, event.position);
  } catch (error) {
    if (isAnnalsError(error, 'RevisionConflict')) console.log(error.conflicts[0]?.actual);
  }
  return store.view(counts);
}
