/**
 * annals in Svelte 5.7 and newer: what views hold, as values that components and effects follow. (A live query is a store of Svelte by itself: `$live`.)
 *
 * @module
 */
import { createSubscriber } from 'svelte/reactivity';
import type { FindQuery } from './views/find.ts';
import type { View } from './views/view.ts';

/** A value that is followed by whoever reads it in a component or an effect. */
export interface Followed<T> {
  readonly current: T;
}

/**
 * The rows that are meant, in order, kept up to date. For a query that changes, derive it: `$derived(useLive(view, query))`.
 *
 * @throws {AnnalsError} `InvalidArgument`
 */
export function useLive<Row>(view: View<Row>, query?: FindQuery<Row>): Followed<readonly Row[]> {
  const live = view.live(query);
  return followed(live.subscribe, live.get);
}

/** The row under a key, kept up to date. */
export function useRow<Row>(view: View<Row>, key: string): Followed<Row | undefined> {
  return followed(
    (changed) => view.subscribe(changed, { key }),
    () => view.get(key),
  );
}

function followed<T>(listen: (changed: () => void) => () => void, get: () => T): Followed<T> {
  const follow = createSubscriber((update) => {
    // Whoever listens is called at once, which is no change.
    let isNews = false;
    const end = listen(() => isNews && update());
    isNews = true;
    return end;
  });
  return {
    get current() {
      follow();
      return get();
    },
  };
}
