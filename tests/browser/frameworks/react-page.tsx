// React in a page of the tests.
import { Profiler, startTransition, StrictMode, useEffect, useLayoutEffect, useReducer, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { flushSync } from 'react-dom';
import type { LiveQuery, View } from 'annals';
import { Richest } from './react-snippet.tsx';

type Row = { account: string; total: number };

export function show(view: View<Row>, element: Element, rendered: () => void): () => void {
  const root = createRoot(element);
  flushSync(() => root.render(<Profiler id="richest" onRender={rendered}><Richest view={view} /></Profiler>));
  return () => root.unmount();
}

/** As in development: every effect runs, ends, and runs again. */
export function showStrictly(view: View<Row>, element: Element): () => void {
  const root = createRoot(element);
  flushSync(() => root.render(<StrictMode><Richest view={view} /></StrictMode>));
  return () => root.unmount();
}

/** Both the hook that React has for stores, and one that people write without it. */
const HOOKS = {
  store: (live: LiveQuery<Row>) => useSyncExternalStore(live.subscribe, live.get),
  naive: (live: LiveQuery<Row>) => {
    const [, again] = useReducer((n: number) => n + 1, 0);
    useEffect(() => live.subscribe(again), [live]);
    return live.get();
  },
};

/**
 * Goes to a page of many slow components in a transition, while the answer changes. Says how many answers there were while they were rendered, and
 * which different answers stood side by side whenever something was painted.
 */
export async function showSlowly(live: LiveQuery<Row>, element: Element, hook: keyof typeof HOOKS): Promise<{ answers: number; torn: string[] }> {
  const useAnswer = HOOKS[hook];
  const answers = new Set<unknown>();
  const torn: string[] = [];
  const look = () => {
    const shown = new Set(Array.from(element.querySelectorAll('.cell'), (cell) => cell.textContent));
    if (shown.size > 1) torn.push([...shown].join(' | '));
  };
  const Cell = () => {
    const [row] = useAnswer(live);
    answers.add(live.get());
    for (const until = performance.now() + 8; performance.now() < until; );
    return <span className="cell">{row?.total}</span>;
  };
  let [go, arrived] = [() => {}, () => {}];
  const done = new Promise<void>((resolve) => (arrived = resolve));
  const Pages = () => {
    const [isSecond, setSecond] = useState(false);
    go = () => startTransition(() => setSecond(true));
    useLayoutEffect(look);
    useEffect(() => void (isSecond && arrived()));
    return <div>{Array.from({ length: isSecond ? 40 : 1 }, (_, n) => <Cell key={n} />)}</div>;
  };
  const root = createRoot(element);
  flushSync(() => root.render(<Pages />));
  const observer = new MutationObserver(look);
  observer.observe(element, { subtree: true, childList: true, characterData: true });
  answers.clear();
  go();
  await done;
  observer.disconnect();
  root.unmount();
  return { answers: answers.size, torn };
}
