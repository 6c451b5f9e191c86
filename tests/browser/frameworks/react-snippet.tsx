import type { View } from 'annals';
import { useLive } from 'annals/react';

export function Richest({ view }: { view: View<{ account: string; total: number }> }) {
  const rows = useLive(view, { orderBy: 'total', direction: 'desc', limit: 3 });
  return <ol>{rows.map(({ account, total }) => <li key={account}>{account}: {total}</li>)}</ol>;
}
