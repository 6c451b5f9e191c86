/** The form that narrows the log. Its state lives in the hash of the address, so that a reload keeps it. */

import type { Query } from 'annals';
import { find } from './dom.ts';
import { splitTags } from './tags.ts';

const fields = ['stream', 'category', 'type', 'tag'] as const;
export type Field = (typeof fields)[number];

/** A pause in typing after which the log follows. */
const pause = 200;

export class Filters {
  readonly #form = find('filters', HTMLFormElement);
  readonly #clear = find('filters-clear', HTMLButtonElement);
  readonly #inputs: Readonly<Record<Field, HTMLInputElement>> = {
    stream: find('filter-stream', HTMLInputElement),
    category: find('filter-category', HTMLInputElement),
    type: find('filter-type', HTMLInputElement),
    tag: find('filter-tag', HTMLInputElement),
  };
  readonly #changed: () => void;
  #applied = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#readAddress();
    this.#applied = this.#text();
    this.#form.addEventListener('input', () => this.#applySoon());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#apply();
    });
    this.#form.addEventListener('reset', (event) => {
      event.preventDefault();
      this.clear();
    });
    addEventListener('hashchange', () => {
      this.#readAddress();
      this.#apply();
    });
  }

  /** The filter as the store wants it: one item, so all that is filled in must match. Nothing when nothing is. */
  query(): Query | undefined {
    const { stream, category, type, tag } = this.#values();
    const tags = splitTags(tag);
    const item = {
      ...(stream !== '' && { streams: [stream] }),
      ...(category !== '' && { categories: [category] }),
      ...(type !== '' && { types: [type] }),
      ...(tags.length > 0 && { tags }),
    };
    return Object.keys(item).length === 0 ? undefined : { items: [item] };
  }

  /** Fills in one field, as if it had been typed. */
  set(field: Field, value: string): void {
    this.#inputs[field].value = value;
    this.#apply();
  }

  clear(): void {
    for (const field of fields) this.#inputs[field].value = '';
    this.#apply();
    this.#inputs.stream.focus();
  }

  #applySoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#apply(), pause);
  }

  #apply(): void {
    clearTimeout(this.#timer);
    const text = this.#text();
    this.#clear.hidden = text === '';
    if (text === this.#applied) return;
    this.#applied = text;
    this.#writeAddress(text);
    this.#changed();
  }

  #values(): Record<Field, string> {
    const { stream, category, type, tag } = this.#inputs;
    return { stream: stream.value.trim(), category: category.value.trim(), type: type.value.trim(), tag: tag.value.trim() };
  }

  #text(): string {
    const values = this.#values();
    const filled = fields.filter((field) => values[field] !== '').map((field): [string, string] => [field, values[field]]);
    return new URLSearchParams(filled).toString();
  }

  #readAddress(): void {
    const written = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) this.#inputs[field].value = written.get(field) ?? '';
    this.#clear.hidden = this.#text() === '';
  }

  #writeAddress(text: string): void {
    const { pathname, search } = location;
    history.replaceState(null, '', text === '' ? `${pathname}${search}` : `#${text}`);
  }
}
