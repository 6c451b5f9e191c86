import { h, type VNode } from 'vue';
import type { View } from 'annals';
import { useLive } from 'annals/vue';

export function richest(view: View<{ account: string; total: number }>): () => VNode {
  const rows = useLive(view, { orderBy: 'total', direction: 'desc', limit: 3 });
  return () => h('ol', rows.value.map(({ account, total }) => h('li', { key: account }, `${account}: ${total}`)));
}
