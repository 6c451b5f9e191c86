/** What a person must know about the life of the store, and what to do about it. */

import type { Store } from 'annals';
import { create, createButton, find } from './dom.ts';
import type { Panel } from './panel.ts';

interface Action {
  readonly label: string;
  run(): void;
}

const reload: Action = { label: 'Reload', run: () => location.reload() };

export class Banner implements Panel {
  readonly #place = find('banner', HTMLDivElement);

  attach(store: Store, gone: AbortSignal): void {
    this.clear();
    const ends = [
      store.on('lost', () => this.show('What this tab shows is no longer stored: the store was deleted in another tab, or the browser cleared it.', reload)),
      store.on('needsReload', () => this.show('Another tab runs a newer version of this page. Reload to go on with that one.', reload)),
      store.on('blocked', () => this.show('Another tab holds this store in an older form. Close that tab, then reload this one.', reload)),
      store.on('failed', () => this.show('The engine in this tab has stopped. What was stored is safe.', reload)),
    ];
    gone.addEventListener('abort', () => ends.forEach((end) => end()));
  }

  /** Shows one message, in place of any other. */
  show(text: string, ...actions: readonly Action[]): void {
    const buttons = actions.map((action) => {
      const button = createButton('', action.label);
      button.addEventListener('click', () => action.run());
      return button;
    });
    this.#place.replaceChildren(create('div', 'banner', create('p', '', text), create('div', 'actions', ...buttons)));
  }

  clear(): void {
    this.#place.replaceChildren();
  }
}
