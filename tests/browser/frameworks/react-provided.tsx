'use client';
import { defineProjection, type Event } from 'annals';
import { useLive } from 'annals/react';
import { StoreProvider, useStore } from './react-provider';

type Moved = Event<'Moved', { account: string; amount: number }>;

const totals = defineProjection<{ account: string; total: number }, Moved>({
  name: 'totals',
  version: 1,
  key: ({ data }) => data.account,
  on: { Moved: (row, { data }) => ({ account: data.account, total: (row?.total ?? 0) + data.amount }) },
});

function Totals() {
  const store = useStore();
  const rows = useLive(store.view(totals), { orderBy: 'account' });
  const earned = { type: 'Moved', data: { account: 'ada', amount: 1 } };
  return (
    <>
      <button onClick={() => void store.append('moves', [earned], { expectedRevision: 'any' })}>Earn</button>
      <ol>{rows.map(({ account, total }) => <li key={account}>{account}: {total}</li>)}</ol>
    </>
  );
}

export default function Page() {
  return (
    <StoreProvider options={{ name: 'bank', projections: [totals] }} waiting={<p>Opening…</p>}>
      <Totals />
    </StoreProvider>
  );
}
