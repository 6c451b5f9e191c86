// Live queries and views are stores to Svelte's types.
import { derived, fromStore, get, type Readable } from 'svelte/store';
import type { LiveQuery, View } from 'annals';

type Row = { account: string; total: number };

export function store(live: LiveQuery<Row>): Readable<number> {
  const readable: Readable<readonly Row[]> = live;
  const first: Row | undefined = get(live)[0] ?? fromStore(readable).current[0];
  return derived(live, (rows) => rows.length + (first?.total ?? 0));
}

export function wholeView(view: View<Row>): Readable<View<Row>> {
  return view;
}
