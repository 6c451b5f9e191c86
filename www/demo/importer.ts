/** Stores a great many made-up events, with a way to stop. */

import { isAnnalsError } from 'annals';
import type { Store } from 'annals';
import { find } from './dom.ts';
import { formatCount, formatNumber, formatSeconds } from './format.ts';
import { Outcome } from './outcome.ts';
import type { Panel } from './panel.ts';
import { sentenceOf } from './sentence.ts';
import { Shop } from './shop.ts';

/** Events in one append: enough to make a commit worth its cost, few enough to keep the page quick. */
const batchSize = 1000;

export class Importer implements Panel {
  readonly #form = find('importer', HTMLFormElement);
  readonly #count = find('import-count', HTMLSelectElement);
  readonly #start = find('import-start', HTMLButtonElement);
  readonly #cancel = find('import-cancel', HTMLButtonElement);
  readonly #progress = find('import-progress', HTMLDivElement);
  readonly #bar = find('import-bar', HTMLProgressElement);
  readonly #rate = find('import-rate', HTMLParagraphElement);
  readonly #outcome = new Outcome('import-outcome');
  #store: Store | undefined;
  #running: AbortController | undefined;

  constructor() {
    this.#cancel.addEventListener('click', () => this.#running?.abort());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#store !== undefined && this.#running === undefined) void this.#import(this.#store, Number(this.#count.value));
    });
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    this.#outcome.clear();
    gone.addEventListener('abort', () => {
      this.#running?.abort();
      this.#store = undefined;
    });
  }

  async #import(store: Store, total: number): Promise<void> {
    const { signal } = this.#begin(total);
    const began = performance.now();
    let stored = 0;
    try {
      const shop = new Shop(store.head);
      while (stored < total) {
        const count = Math.min(batchSize, total - stored);
        await store.appendMany(shop.writes(count), { signal });
        stored += count;
        this.#show(stored, total, performance.now() - began);
      }
      this.#outcome.say('good', summary(stored, performance.now() - began));
    } catch (error) {
      const cancelled = isAnnalsError(error, 'Aborted');
      this.#outcome.say(cancelled ? 'good' : 'bad', `${cancelled ? 'Cancelled.' : sentenceOf(error)} ${keptSentence(stored)}`);
    } finally {
      this.#end();
    }
  }

  #begin(total: number): AbortController {
    this.#running = new AbortController();
    this.#outcome.clear();
    this.#bar.max = total;
    this.#show(0, total, 0);
    this.#offerCancel(true);
    this.#cancel.focus();
    this.#progress.scrollIntoView({ block: 'nearest' });
    return this.#running;
  }

  #end(): void {
    this.#running = undefined;
    const focused = document.activeElement === this.#cancel;
    this.#offerCancel(false);
    if (focused) this.#start.focus();
  }

  #offerCancel(offered: boolean): void {
    this.#start.hidden = offered;
    this.#cancel.hidden = !offered;
    this.#count.disabled = offered;
    this.#progress.hidden = !offered;
  }

  #show(stored: number, total: number, elapsed: number): void {
    this.#bar.value = stored;
    const rate = elapsed > 0 ? `, ${formatNumber(stored / (elapsed / 1000))} a second` : '';
    this.#rate.textContent = `${formatNumber(stored)} of ${formatNumber(total)}${rate}`;
  }
}

function summary(stored: number, elapsed: number): string {
  return `Stored ${formatCount(stored, 'event')} in ${formatSeconds(elapsed)}: ${formatNumber(stored / (elapsed / 1000))} a second.`;
}

function keptSentence(stored: number): string {
  return stored === 0 ? 'No event was stored.' : `${formatCount(stored, 'event')} ${stored === 1 ? 'was' : 'were'} stored before that and stay.`;
}
