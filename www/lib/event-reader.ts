import type { EngineReader } from '#engine/glue';
import type { Session } from './engine/session.ts';
import { release } from './engine/release.ts';
import { aborted } from './errors.ts';
import type { RecordedEvent } from './event.ts';
import { eventsOf, type Page } from './event-page.ts';
import type { EventReader } from './read.ts';
import type { Reading } from './upcasting/reading.ts';

/** What is still to be read: what comes behind an event, and so many at most. */
export interface Rest {
  readonly behind: RecordedEvent | undefined;
  readonly limit: number | undefined;
}

/** How a reader begins: what it asks the engine for, up to a head when that is fixed already. */
export type BeginReading = (head: number | undefined, rest: Rest) => Promise<EngineReader>;

/** What a reader is made with. */
export interface ReaderContext {
  readonly session: Session;
  readonly reading: Reading;
  readonly knownHead: () => number;
}

/** What the caller asked for beside which events. */
export interface ReaderOptions {
  readonly limit: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A reading that asks the engine for a page when one is wanted. */
export class PagedReader implements EventReader {
  readonly #session: Session;
  readonly #begin: BeginReading;
  readonly #reading: Reading;
  readonly #knownHead: () => number;
  readonly #limit: number | undefined;
  readonly #signal: AbortSignal | undefined;
  #head: number | undefined;

  constructor({ session, reading, knownHead }: ReaderContext, begin: BeginReading, { limit, signal }: ReaderOptions) {
    this.#session = session;
    this.#reading = reading;
    this.#begin = begin;
    this.#knownHead = knownHead;
    this.#limit = limit;
    this.#signal = signal;
  }

  get head(): number {
    return (this.#head ??= this.#knownHead());
  }

  async toArray(): Promise<RecordedEvent[]> {
    const pages: RecordedEvent[][] = [];
    for (let portion = this.#whole(); portion !== undefined; portion = portion.next) {
      const reader = await this.#start(portion.rest);
      try {
        let page = this.#first(reader);
        while (page !== undefined) {
          // The storage brings the next page while this one is parsed.
          const next = this.#next(reader);
          next?.catch(() => {});
          pages.push(portion.take(eventsOf(page)));
          page = await next;
        }
      } finally {
        release(reader);
      }
    }
    return pages.length === 1 ? (pages[0] as RecordedEvent[]) : pages.flat();
  }

  [Symbol.asyncIterator](): AsyncIterator<RecordedEvent> {
    return this.#events();
  }

  async *#events(): AsyncGenerator<RecordedEvent, void, undefined> {
    for (let portion = this.#whole(); portion !== undefined; portion = portion.next) {
      const reader = await this.#start(portion.rest);
      try {
        for (let page = this.#first(reader); page !== undefined; page = await this.#next(reader)) {
          for (const event of portion.each(eventsOf(page))) {
            this.#checkSignal();
            yield event;
          }
        }
      } finally {
        release(reader);
      }
    }
  }

  #whole(): Portion | undefined {
    return new Portion(this.#reading, { behind: undefined, limit: this.#limit });
  }

  async #start(rest: Rest): Promise<EngineReader> {
    this.#checkSignal();
    const reader = await this.#begin(this.#head, rest);
    this.#head ??= reader.head;
    if (this.#head === reader.head) return reader;
    // The head was asked for, and so fixed, while this began.
    release(reader);
    return this.#begin(this.#head, rest);
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

/** What the engine is asked for at once: as many stored events as are wanted, of which upcasters may leave fewer. Then there is a next one. */
class Portion {
  readonly rest: Rest;
  readonly #reading: Reading;
  #stored = 0;
  #given = 0;
  #last: RecordedEvent | undefined;

  constructor(reading: Reading, rest: Rest) {
    this.#reading = reading;
    this.rest = rest;
  }

  /** What is still wanted when all of this one was taken. */
  get next(): Portion | undefined {
    const { limit } = this.rest;
    if (limit === undefined || this.#stored < limit || this.#given === limit) return undefined;
    return new Portion(this.#reading, { behind: this.#last, limit: limit - this.#given });
  }

  /** A page as it is read. */
  take(events: RecordedEvent[]): RecordedEvent[] {
    return this.#reading.isPlain ? this.#count(events) : [...this.each(events)];
  }

  /** A page as it is read, one by one: what cannot be read fails when it is come to. */
  each(events: RecordedEvent[]): Iterable<RecordedEvent> {
    return this.#reading.isPlain ? this.#count(events) : this.#each(events);
  }

  #count(events: RecordedEvent[]): RecordedEvent[] {
    this.#stored += events.length;
    this.#given += events.length;
    return events;
  }

  *#each(events: RecordedEvent[]): Generator<RecordedEvent, void, undefined> {
    for (const event of events) {
      const pieces = this.#reading.piecesOf(event);
      this.#stored++;
      this.#last = event;
      if (pieces.length > 0) this.#given++;
      yield* pieces;
    }
  }
}
