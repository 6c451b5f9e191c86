/**
 * annals in Vue 3.3 and newer: refs of what views hold, for as long as the scope that asks lives.
 *
 * @module
 */
import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watchEffect } from 'vue';
import type { FindQuery } from './views/find.ts';
import type { View } from './views/view.ts';

/**
 * The rows that are meant, in order, kept up to date. The query may be a ref or a getter: then it is asked anew when it changes.
 *
 * @throws {AnnalsError} `InvalidArgument`
 */
export function useLive<Row>(view: View<Row>, query?: MaybeRefOrGetter<FindQuery<Row> | undefined>): Readonly<ShallowRef<readonly Row[]>> {
  const rows = shallowRef<readonly Row[]>([]);
  follow((onCleanup) => onCleanup(view.live(toValue(query)).subscribe((now) => (rows.value = now))));
  return rows;
}

/** The row under a key, kept up to date. The key may be a ref or a getter. */
export function useRow<Row>(view: View<Row>, key: MaybeRefOrGetter<string>): Readonly<ShallowRef<Row | undefined>> {
  const row = shallowRef<Row>();
  follow((onCleanup) => onCleanup(view.subscribe((now) => (row.value = now), { key: toValue(key) })));
  return row;
}

/** At once, so that nothing is shown of what was asked before. */
function follow(work: (onCleanup: (end: () => void) => void) => void): void {
  watchEffect(work, { flush: 'sync' });
}
