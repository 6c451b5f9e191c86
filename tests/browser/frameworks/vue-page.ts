// Vue in a page of the tests.
import { createApp } from 'vue';
import type { View } from 'annals';
import { richest } from './vue-snippet.ts';

type Row = { account: string; total: number };

export function show(view: View<Row>, element: Element, rendered: () => void): () => void {
  const app = createApp({
    setup() {
      const render = richest(view);
      return () => {
        rendered();
        return render();
      };
    },
  });
  app.mount(element);
  return () => app.unmount();
}
