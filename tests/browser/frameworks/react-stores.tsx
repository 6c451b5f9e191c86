// The two places where a store lives, in a page of the tests.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import Page from './react-provided.tsx';

/** What a server sends. */
export const sent = (): string => renderToString(<Page />);

/** As in development: every effect runs, ends, and runs again. */
export function show(element: Element): () => void {
  const root = createRoot(element);
  root.render(<StrictMode><Page /></StrictMode>);
  return () => root.unmount();
}
