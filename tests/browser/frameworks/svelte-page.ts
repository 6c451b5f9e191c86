// Svelte in a page of the tests.
import { flushSync, mount, unmount } from 'svelte';
import { derived, fromStore, get } from 'svelte/store';
import type { LiveQuery, View } from 'annals';
import Counted from './svelte-counted.svelte';
import Richest from './svelte-snippet.svelte';

type Row = { account: string; total: number };

export function show(view: View<Row>, element: Element, rendered: () => void): () => void {
  const counted = mount(Counted, { target: element, props: { view, rendered } });
  flushSync();
  return () => void unmount(counted);
}

/** The component of the guide, as it is. */
export function showSnippet(view: View<Row>, element: Element): () => void {
  const snippet = mount(Richest, { target: element, props: { view } });
  flushSync();
  return () => void unmount(snippet);
}

/** What else Svelte does with stores: another made of it, one look, one look in code. */
export function useOtherwise(live: LiveQuery<Row>, heard: (total: number) => void): { end: () => void; now: () => (number | undefined)[] } {
  const sum = derived(live, (rows: readonly Row[]) => rows.reduce((sum, { total }) => sum + total, 0));
  const end = sum.subscribe(heard);
  return { end, now: () => [get(live)[0]?.total, fromStore(live).current[0]?.total] };
}
