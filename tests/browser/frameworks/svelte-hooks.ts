// What `annals/svelte` gives, with arguments that change.
import { flushSync, mount, unmount } from 'svelte';
import { fromStore, writable } from 'svelte/store';
import type { View } from 'annals';
import Asked from './svelte-asked.svelte';

type Row = { account: string; total: number };
type Question = { limit: number; key: string };

export function show(view: View<Row>, element: Element, first: Question, rendered: () => void) {
  const asked = writable(first);
  const shown = mount(Asked, { target: element, props: { view, asked: fromStore(asked), rendered } });
  flushSync();
  const ask = (next: Question) => {
    asked.set(next);
    flushSync();
  };
  return { ask, end: () => void unmount(shown) };
}
