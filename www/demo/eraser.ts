/** Deletes the store, after asking. */

import type { Store } from 'annals';
import { find } from './dom.ts';
import { formatCount } from './format.ts';
import type { Panel } from './panel.ts';

export class Eraser implements Panel {
  readonly #button = find('delete-store', HTMLButtonElement);
  readonly #dialog = find('delete-dialog', HTMLDialogElement);
  readonly #text = find('delete-text', HTMLParagraphElement);
  #store: Store | undefined;

  /** `erase` is called when the answer is yes. */
  constructor(erase: () => void) {
    this.#button.addEventListener('click', () => this.#ask());
    this.#dialog.addEventListener('close', () => {
      if (this.#dialog.returnValue === 'delete') erase();
    });
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    gone.addEventListener('abort', () => (this.#store = undefined));
  }

  #ask(): void {
    const events = formatCount(this.#store?.head ?? 0, 'event');
    this.#text.textContent = `It holds ${events}. They go for good, in every open tab, and cannot be brought back.`;
    this.#dialog.returnValue = '';
    this.#dialog.showModal();
  }
}
