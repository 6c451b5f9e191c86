/**
 * annals in React 18 and newer: components that show what views hold, and render again when it is another.
 *
 * @module
 */
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { FindQuery } from './views/find.ts';
import type { View } from './views/view.ts';

/**
 * The rows that are meant, in order, kept up to date: the very same array until the answer changes. A query may be written where it is used: it is another
 * one when it says something else.
 *
 * @throws {AnnalsError} `InvalidArgument`
 */
export function useLive<Row>(view: View<Row>, query?: FindQuery<Row>): readonly Row[] {
  const said = JSON.stringify(query);
  const live = useMemo(() => view.live(query), [view, said]);
  return useSyncExternalStore(live.subscribe, live.get, live.get);
}

/** The row under a key, kept up to date: the very same object until it changes. */
export function useRow<Row>(view: View<Row>, key: string): Row | undefined {
  const subscribe = useCallback((changed: () => void) => view.subscribe(changed, { key }), [view, key]);
  const get = useCallback(() => view.get(key), [view, key]);
  return useSyncExternalStore(subscribe, get, get);
}
