import { defineProjection, openStore, type Event } from 'annals';

type Moved = Event<'Moved', { account: string; amount: number }>;

export const totals = defineProjection<{ account: string; total: number }, Moved>({
  name: 'totals',
  version: 1,
  key: ({ data }) => data.account,
  on: { Moved: (row, { data }) => ({ account: data.account, total: (row?.total ?? 0) + data.amount }) },
});

// Whoever imports this module waits until the store is open.
export const store = await openStore({ name: 'bank', projections: [totals] });
