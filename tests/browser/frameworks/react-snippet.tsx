import { useMemo, useSyncExternalStore } from 'react';
import type { FindQuery, View } from 'annals';

/** The answer to a question, kept up to date. */
export function useLive<Row>(view: View<Row>, query: FindQuery<Row>): readonly Row[] {
  const live = useMemo(() => view.live(query), [view, JSON.stringify(query)]);
  return useSyncExternalStore(live.subscribe, live.get, live.get);
}

export function Richest({ view }: { view: View<{ account: string; total: number }> }) {
  const rows = useLive(view, { orderBy: 'total', direction: 'desc', limit: 3 });
  return <ol>{rows.map(({ account, total }) => <li key={account}>{account}: {total}</li>)}</ol>;
}
