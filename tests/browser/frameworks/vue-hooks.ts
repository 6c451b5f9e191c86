// The composables of `annals/vue` whose arguments change.
import { createApp, h, nextTick, shallowRef } from 'vue';
import type { View } from 'annals';
import { useLive, useRow } from 'annals/vue';

type Row = { account: string; total: number };
type Asked = { limit: number; key: string };

export function show(view: View<Row>, element: Element, first: Asked, rendered: () => void) {
  const asked = shallowRef(first);
  const app = createApp({
    setup() {
      const rows = useLive(view, () => ({ orderBy: 'total', direction: 'desc', limit: asked.value.limit }));
      const row = useRow(view, () => asked.value.key);
      return () => {
        rendered();
        return h('p', `${rows.value.map(({ account }) => account).join()} ${asked.value.key}=${row.value?.total}`);
      };
    },
  });
  app.mount(element);
  return { ask: (next: Asked) => ((asked.value = next), nextTick()), end: () => app.unmount() };
}
