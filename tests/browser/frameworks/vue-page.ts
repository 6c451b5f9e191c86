// Vue in a page of the tests.
import { createApp, h } from 'vue';
import type { View } from 'annals';
import { useLive } from './vue-snippet.ts';

type Row = { account: string; total: number };

export function show(view: View<Row>, element: Element, rendered: () => void): () => void {
  const app = createApp({
    setup() {
      const rows = useLive(view, { orderBy: 'total', direction: 'desc', limit: 3 });
      return () => {
        rendered();
        return h('ol', rows.value.map(({ account, total }) => h('li', { key: account }, `${account}: ${total}`)));
      };
    },
  });
  app.mount(element);
  return () => app.unmount();
}
