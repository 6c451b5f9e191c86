/** The few things the page needs from the DOM. Text is only ever set as text. */

type Constructor<T> = new () => T;

/** The element of the page with this id, which must be of this kind. */
export function find<T extends HTMLElement>(id: string, kind: Constructor<T>): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page has no ${kind.name} with the id "${id}"`);
}

/** A new element with a class and children; strings become text. */
export function create<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/** A new button that does nothing yet. */
export function createButton(className: string, label: string): HTMLButtonElement {
  const button = create('button', className, label);
  button.type = 'button';
  return button;
}
