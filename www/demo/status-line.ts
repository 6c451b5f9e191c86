/** The line at the top that says whether the page is in touch with its store. */

import type { Store } from 'annals';
import { find } from './dom.ts';
import type { Panel } from './panel.ts';

type State = 'opening' | 'live' | 'stopped';

export class StatusLine implements Panel {
  readonly #line = find('status-line', HTMLParagraphElement);

  attach(store: Store, gone: AbortSignal): void {
    this.show('live', 'Open and live');
    const ends = [
      store.on('lost', () => this.show('stopped', 'No longer stored')),
      store.on('needsReload', () => this.show('stopped', 'Needs a reload')),
      store.on('failed', () => this.show('stopped', 'Stopped')),
    ];
    gone.addEventListener('abort', () => ends.forEach((end) => end()));
  }

  show(state: State, text: string): void {
    this.#line.dataset['state'] = state;
    this.#line.textContent = text;
  }
}
