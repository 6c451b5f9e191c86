/** The form that appends one event. */

import type { ExpectedRevision, NewEvent, Store } from 'annals';
import { find } from './dom.ts';
import { formatNumber } from './format.ts';
import type { Panel } from './panel.ts';
import { sentenceOf } from './sentence.ts';
import { splitTags } from './tags.ts';

export class Composer implements Panel {
  readonly #form = find('composer', HTMLFormElement);
  readonly #streamId = find('stream-id', HTMLInputElement);
  readonly #type = find('event-type', HTMLInputElement);
  readonly #tags = find('event-tags', HTMLInputElement);
  readonly #data = find('event-data', HTMLTextAreaElement);
  readonly #dataError = find('event-data-error', HTMLParagraphElement);
  readonly #expected = find('expected-revision', HTMLSelectElement);
  readonly #exact = find('exact-revision', HTMLInputElement);
  readonly #outcome = find('composer-outcome', HTMLParagraphElement);
  #store: Store | undefined;

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#append();
    });
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit();
    });
    this.#data.addEventListener('input', () => this.#showDataError(''));
    this.#expected.addEventListener('change', () => this.#offerExact());
    this.#offerExact();
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    this.#say('good', '');
    gone.addEventListener('abort', () => (this.#store = undefined));
  }

  async #append(): Promise<void> {
    const data = this.#parseData();
    if (data === undefined) return this.#data.focus();
    if (this.#store === undefined) return this.#say('bad', 'The store is not open. Reload the page.');
    const expectedRevision = this.#expectedRevision();
    if (expectedRevision === undefined) return this.#say('bad', 'Say which revision you expect: a whole number, 0 for a stream that does not exist.');
    const streamId = this.#streamId.value.trim();
    const event: NewEvent = { type: this.#type.value.trim(), data: data.value, tags: splitTags(this.#tags.value) };
    try {
      const result = await this.#store.append(streamId, [event], { expectedRevision });
      this.#say('good', `Stored at position ${formatNumber(result.position)}, revision ${formatNumber(result.revisions[streamId] ?? 0)} of ${streamId}.`);
    } catch (error) {
      this.#say('bad', sentenceOf(error));
    }
  }

  /** The data of the form, boxed, since `null` is data too; nothing when it is not JSON, which is then said beside it. */
  #parseData(): { value: unknown } | undefined {
    try {
      const text = this.#data.value.trim();
      const value: unknown = text === '' ? null : JSON.parse(text);
      this.#showDataError('');
      return { value };
    } catch (error) {
      this.#showDataError(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  #showDataError(text: string): void {
    this.#dataError.textContent = text;
    this.#data.setAttribute('aria-invalid', String(text !== ''));
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

  #say(mood: 'good' | 'bad', text: string): void {
    this.#outcome.dataset['mood'] = mood;
    this.#outcome.textContent = text;
  }
}
