/** What the inputs of the page suggest: the names seen lately in the log. */

import type { RecordedEvent, Store } from 'annals';
import { find } from './dom.ts';
import type { Panel } from './panel.ts';

/** More than this would bury the useful ones. */
const most = 40;

class Suggested {
  readonly #list: HTMLDataListElement;
  #values: ReadonlySet<string> = new Set();

  constructor(id: string) {
    this.#list = find(id, HTMLDataListElement);
  }

  /** Puts these first; the oldest fall out. */
  add(values: Iterable<string>): void {
    const next = new Set([...values].slice(0, most));
    for (const value of this.#values) if (next.size < most) next.add(value);
    if (sameMembers(next, this.#values)) return;
    this.replace(next);
  }

  replace(values: Iterable<string>): void {
    this.#values = new Set(values);
    this.#list.replaceChildren(...Array.from(this.#values, (value) => new Option(value, value)));
  }
}

export class Suggestions implements Panel {
  readonly #streams = new Suggested('known-streams');
  readonly #categories = new Suggested('known-categories');
  readonly #types = new Suggested('known-types');
  readonly #tags = new Suggested('known-tags');
  #store: Store | undefined;

  constructor() {
    for (const id of ['stream-id', 'filter-stream']) {
      const input = find(id, HTMLInputElement);
      input.addEventListener('input', () => void this.#suggestStreams(input.value.trim()));
    }
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    for (const list of [this.#streams, this.#categories, this.#types, this.#tags]) list.replace([]);
    gone.addEventListener('abort', () => (this.#store = undefined));
  }

  /** Learns from events that are on the page, newest first. */
  learn(events: readonly RecordedEvent[]): void {
    this.#streams.add(new Set(events.map((event) => event.streamId)));
    this.#categories.add(new Set(events.map((event) => categoryOf(event.streamId))));
    this.#types.add(new Set(events.map((event) => event.type)));
    this.#tags.add(new Set(events.flatMap((event) => event.tags)));
  }

  /** There may be many thousands of streams: the store is asked for those that begin like this. */
  async #suggestStreams(prefix: string): Promise<void> {
    if (prefix === '') return;
    const streams = await this.#store?.streams({ prefix, limit: most }).catch(() => []);
    if (streams !== undefined) this.#streams.add(streams);
  }
}

function categoryOf(streamId: string): string {
  const [category] = streamId.split('-', 1);
  return category ?? streamId;
}

function sameMembers(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((value) => other.has(value));
}
