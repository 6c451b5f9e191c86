import type { EngineReader } from '#engine/glue';
import type { Session } from './engine/session.ts';
import { release } from './engine/release.ts';
import { aborted } from './errors.ts';
import type { RecordedEvent } from './event.ts';
import { eventsOf, type Page } from './event-page.ts';
import type { EventReader } from './read.ts';

/** How a reader begins: what it asks the engine for, up to a head when that is fixed already. */
export type BeginReading = (head: number | undefined) => Promise<EngineReader>;

/** A reading that asks the engine for a page when one is wanted. */
export class PagedReader implements EventReader {
  readonly #session: Session;
  readonly #begin: BeginReading;
  readonly #knownHead: () => number;
  readonly #signal: AbortSignal | undefined;
  #head: number | undefined;

  constructor(session: Session, begin: BeginReading, knownHead: () => number, signal: AbortSignal | undefined) {
    this.#session = session;
    this.#begin = begin;
    this.#knownHead = knownHead;
    this.#signal = signal;
  }

  get head(): number {
    return (this.#head ??= this.#knownHead());
  }

  async toArray(): Promise<RecordedEvent[]> {
    const pages: RecordedEvent[][] = [];
    const reader = await this.#start();
    try {
      let page = this.#first(reader);
      while (page !== undefined) {
        // The storage brings the next page while this one is parsed.
        const next = this.#next(reader);
        next?.catch(() => {});
        pages.push(eventsOf(page));
        page = await next;
      }
    } finally {
      release(reader);
    }
    return pages.length === 1 ? (pages[0] as RecordedEvent[]) : pages.flat();
  }

  [Symbol.asyncIterator](): AsyncIterator<RecordedEvent> {
    return this.#events();
  }

  async *#events(): AsyncGenerator<RecordedEvent, void, undefined> {
    const reader = await this.#start();
    try {
      for (let page = this.#first(reader); page !== undefined; page = await this.#next(reader)) {
        for (const event of eventsOf(page)) {
          this.#checkSignal();
          yield event;
        }
      }
    } finally {
      release(reader);
    }
  }

  async #start(): Promise<EngineReader> {
    this.#checkSignal();
    const reader = await this.#begin(this.#head);
    this.#head ??= reader.head;
    if (this.#head === reader.head) return reader;
    // The head was asked for, and so fixed, while this began.
    release(reader);
    return this.#begin(this.#head);
  }

  #first(reader: EngineReader): Page | undefined {
    return this.#session.now(() => reader.takeFirst()) as Page | undefined;
  }

  /** The page after the first or the last one; none is asked for when it is known that none follows. */
  #next(reader: EngineReader): Promise<Page | undefined> | undefined {
    return this.#session.now(() => reader.isDone) ? undefined : this.#ask(reader);
  }

  async #ask(reader: EngineReader): Promise<Page | undefined> {
    this.#checkSignal();
    const page = await this.#session.call(() => reader.next());
    this.#checkSignal();
    return page as Page | undefined;
  }

  #checkSignal(): void {
    if (this.#signal?.aborted) throw aborted(this.#signal);
  }
}
