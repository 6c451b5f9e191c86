// A component of React in place of the page.
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';

export function render(component) {
  const root = document.createElement('div');
  document.body.replaceChildren(root);
  createRoot(root).render(createElement(component));
}
