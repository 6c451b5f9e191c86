/** Why something is refused, in words beside the control that asked for it. Screen readers hear them too. */

import { find } from './dom.ts';

export class Refusal {
  readonly #control: HTMLElement;
  readonly #place: HTMLElement;

  /** `id`: of the paragraph, which is live and describes the control. */
  constructor(control: HTMLElement, id: string) {
    this.#control = control;
    this.#place = find(id, HTMLParagraphElement);
    control.addEventListener('input', () => this.clear());
  }

  show(text: string): void {
    this.#place.textContent = text;
    // What a button asks for may be refused, but a button has no value that is wrong.
    if (!(this.#control instanceof HTMLButtonElement)) this.#control.setAttribute('aria-invalid', 'true');
    this.#control.focus();
  }

  clear(): void {
    this.#place.textContent = '';
    this.#control.removeAttribute('aria-invalid');
  }
}
