// The hooks of `annals/react` whose arguments change.
import { Profiler, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import type { View } from 'annals';
import { useLive, useRow } from 'annals/react';

type Row = { account: string; total: number };
type Asked = { limit: number; key: string };

export function show(view: View<Row>, element: Element, asked: Asked, rendered: () => void) {
  let ask = (_: Asked) => {};
  const Shown = () => {
    const [{ limit, key }, set] = useState(asked);
    ask = set;
    const rows = useLive(view, { orderBy: 'total', direction: 'desc', limit });
    const row = useRow(view, key);
    return <p>{rows.map(({ account }) => account).join()} {key}={row?.total}</p>;
  };
  const root = createRoot(element);
  flushSync(() => root.render(<Profiler id="shown" onRender={rendered}><Shown /></Profiler>));
  return { ask: (next: Asked) => flushSync(() => ask(next)), end: () => root.unmount() };
}
