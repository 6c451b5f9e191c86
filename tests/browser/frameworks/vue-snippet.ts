import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';
import type { FindQuery, View } from 'annals';

/** The answer to a question, kept up to date. */
export function useLive<Row>(view: View<Row>, query: FindQuery<Row>): Readonly<ShallowRef<readonly Row[]>> {
  const live = view.live(query);
  const rows = shallowRef(live.get());
  onScopeDispose(live.subscribe((now) => (rows.value = now)));
  return rows;
}
