/** The form that appends one event. */

import type { ExpectedRevision, NewEvent, Store } from 'annals';
import { find } from './dom.ts';
import { formatNumber } from './format.ts';
import { Outcome } from './outcome.ts';
import type { Panel } from './panel.ts';
import { Refusal } from './refusal.ts';
import { sentenceOf } from './sentence.ts';
import { splitTags } from './tags.ts';

export class Composer implements Panel {
  readonly #form = find('composer', HTMLFormElement);
  readonly #streamId = find('stream-id', HTMLInputElement);
  readonly #type = find('event-type', HTMLInputElement);
  readonly #tags = find('event-tags', HTMLInputElement);
  readonly #data = find('event-data', HTMLTextAreaElement);
  readonly #refusal = new Refusal(this.#data, 'event-data-error');
  readonly #expected = find('expected-revision', HTMLSelectElement);
  readonly #exact = find('exact-revision', HTMLInputElement);
  readonly #outcome = new Outcome('composer-outcome');
  #store: Store | undefined;

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#append();
    });
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit();
    });
    this.#expected.addEventListener('change', () => this.#offerExact());
    this.#offerExact();
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    this.#outcome.clear();
    gone.addEventListener('abort', () => (this.#store = undefined));
  }

  async #append(): Promise<void> {
    const data = this.#parseData();
    if (data === undefined) return;
    if (this.#store === undefined) return this.#outcome.say('bad', 'The store is not open. Reload the page.');
    const expectedRevision = this.#expectedRevision();
    if (expectedRevision === undefined) return this.#outcome.say('bad', 'Say which revision you expect: a whole number, 0 for a stream that does not exist.');
    const streamId = this.#streamId.value.trim();
    const event: NewEvent = { type: this.#type.value.trim(), data: data.value, tags: splitTags(this.#tags.value) };
    try {
      const result = await this.#store.append(streamId, [event], { expectedRevision });
      this.#outcome.say('good', `Stored at position ${formatNumber(result.position)}, revision ${formatNumber(result.revisions[streamId] ?? 0)} of ${streamId}.`);
    } catch (error) {
      this.#outcome.say('bad', sentenceOf(error));
    }
  }

  /** The data of the form, boxed, since `null` is data too; nothing when it is not JSON, which is then said beside it. */
  #parseData(): { value: unknown } | undefined {
    try {
      const text = this.#data.value.trim();
      const value: unknown = text === '' ? null : JSON.parse(text);
      this.#refusal.clear();
      return { value };
    } catch (error) {
      this.#refusal.show(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  #expectedRevision(): ExpectedRevision | undefined {
    const choice = this.#expected.value;
    if (choice === 'any' || choice === 'noStream' || choice === 'exists') return choice;
    const exact = this.#exact.valueAsNumber;
    return Number.isSafeInteger(exact) && exact >= 0 ? exact : undefined;
  }

  #offerExact(): void {
    this.#exact.hidden = this.#expected.value !== 'exact';
  }
}
