/** The log: what was stored last, and what is stored from now on, by this tab or another. */

import type { EventReader, Query, RecordedEvent, Store, Subscription } from 'annals';
import { Arrivals } from './arrivals.ts';
import { find } from './dom.ts';
import type { Field } from './filters.ts';
import { formatCount, formatNumber } from './format.ts';
import type { Panel } from './panel.ts';
import { RowList } from './row-list.ts';
import { sentenceOf } from './sentence.ts';

/** Rows at first, and in each step towards the past. */
const pageSize = 200;
/** Rows at most: from there on a step towards the past lets go of the newest. */
const rowLimit = 1000;
/** Milliseconds between two drawings while events pour in. */
const drawInterval = 120;

interface LogViewOptions {
  /** What the log is narrowed to, if anything. */
  query(): Query | undefined;
  /** Narrows the log to a value that a row shows. */
  filter(field: Field, value: string): void;
  clearFilters(): void;
  appendSamples(): void;
  /** Is told which events came onto the page, newest first. */
  seen(events: readonly RecordedEvent[]): void;
}

export class LogView implements Panel {
  readonly #options: LogViewOptions;
  readonly #summary = find('log-summary', HTMLParagraphElement);
  readonly #top = find('log-top', HTMLDivElement);
  readonly #title = find('log-title', HTMLHeadingElement);
  readonly #newest = find('log-newest', HTMLButtonElement);
  readonly #older = find('log-older', HTMLButtonElement);
  readonly #beginning = find('log-beginning', HTMLParagraphElement);
  readonly #empty = find('log-empty', HTMLDivElement);
  readonly #emptyText = find('log-empty-text', HTMLParagraphElement);
  readonly #emptyAction = find('log-empty-action', HTMLButtonElement);
  readonly #rows: RowList;
  readonly #arrivals = new Arrivals(pageSize);
  #store: Store | undefined;
  #query: Query | undefined;
  /** Ends the reading and the subscription of the present filter. */
  #reading = new AbortController();
  #limit = pageSize;
  #hasOlder = false;
  /** The newest rows were let go: the page shows a piece of the past. */
  #inThePast = false;
  #topInView = true;
  #drawing = false;
  #drawnAt = 0;

  constructor(options: LogViewOptions) {
    this.#options = options;
    this.#rows = new RowList(find('events', HTMLOListElement), options.filter, () => this.#drawSoon());
    this.#older.addEventListener('click', () => void this.#showOlder());
    this.#newest.addEventListener('click', () => this.#showNewest());
    this.#emptyAction.addEventListener('click', () => (this.#query === undefined ? options.appendSamples() : options.clearFilters()));
    new IntersectionObserver((entries) => this.#watchTop(entries)).observe(this.#top);
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    gone.addEventListener('abort', () => {
      this.#reading.abort();
      this.#store = undefined;
    });
    void this.show();
  }

  /** Reads the log anew with the present filter and follows it from there. */
  async show(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const { signal } = this.#restart();
    try {
      const reader = this.#read(store, signal);
      const events = await reader.toArray();
      if (signal.aborted) return;
      this.#replace(events);
      this.#follow(store.subscribe({ after: reader.head, ...this.#narrowed() }, (event) => this.#arrive(event), { signal }), signal);
    } catch (error) {
      if (!signal.aborted) this.#summary.textContent = sentenceOf(error);
    }
  }

  #restart(): AbortController {
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#query = this.#options.query();
    this.#arrivals.clear();
    this.#inThePast = false;
    this.#limit = pageSize;
    return this.#reading;
  }

  /** A page of the past, and one event more to learn whether there is another page. */
  #read(store: Store, signal: AbortSignal, until?: number): EventReader {
    return store.readAll({ direction: 'backward', limit: pageSize + 1, signal, ...(until !== undefined && { until }), ...this.#narrowed() });
  }

  #narrowed(): { query?: Query } {
    return this.#query === undefined ? {} : { query: this.#query };
  }

  #replace(events: readonly RecordedEvent[]): void {
    this.#hasOlder = events.length > pageSize;
    const shown = events.slice(0, pageSize);
    this.#rows.replace(shown);
    this.#options.seen(shown);
    this.#describe();
  }

  #follow(subscription: Subscription, signal: AbortSignal): void {
    void subscription.closed.then((error) => {
      if (!signal.aborted && error !== undefined) this.#summary.textContent = `The log is no longer live. ${sentenceOf(error)}`;
    });
  }

  #arrive(event: RecordedEvent): void {
    this.#arrivals.add(event);
    this.#drawSoon();
  }

  /** Draws with the next frame, but not too often: a flood is drawn a few times a second. */
  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    const wait = this.#drawnAt + drawInterval - performance.now();
    const draw = (): number => requestAnimationFrame(() => this.#drawFrame());
    if (wait > 0) setTimeout(draw, wait);
    else draw();
  }

  #drawFrame(): void {
    this.#drawing = false;
    this.#drawnAt = performance.now();
    if (!this.#isHeld()) this.#drawArrivals();
    this.#describe();
  }

  /** Nothing may move under the eyes of somebody who reads further down or has opened an event. */
  #isHeld(): boolean {
    return this.#inThePast || !this.#topInView || this.#rows.anyOpen;
  }

  #drawArrivals(): void {
    const { events, complete } = this.#arrivals.take();
    if (events.length === 0) return;
    if (complete) this.#rows.prepend(events);
    else this.#rows.replace(events);
    const dropped = this.#rows.dropOldest(this.#limit);
    this.#hasOlder ||= dropped || !complete;
    this.#options.seen(events);
  }

  #showNewest(): void {
    this.#title.focus({ preventScroll: true });
    this.#top.scrollIntoView({ block: 'center' });
    if (this.#inThePast) return void this.show();
    this.#drawArrivals();
    this.#describe();
  }

  async #showOlder(): Promise<void> {
    const { oldest } = this.#rows;
    if (this.#store === undefined || oldest === undefined) return;
    const { signal } = this.#reading;
    try {
      const events = await this.#read(this.#store, signal, oldest.position - 1).toArray();
      if (!signal.aborted) this.#appendOlder(events);
    } catch (error) {
      if (!signal.aborted) this.#summary.textContent = sentenceOf(error);
    }
  }

  #appendOlder(events: readonly RecordedEvent[]): void {
    this.#hasOlder = events.length > pageSize;
    const before = this.#older.getBoundingClientRect().top;
    this.#inThePast = this.#rows.dropNewest(rowLimit - pageSize) || this.#inThePast;
    scrollBy(0, this.#older.getBoundingClientRect().top - before);
    const shown = events.slice(0, pageSize);
    this.#rows.append(shown);
    this.#limit = Math.min(this.#limit + pageSize, rowLimit);
    this.#options.seen(shown);
    this.#describe();
  }

  #watchTop(entries: readonly IntersectionObserverEntry[]): void {
    const entry = entries.at(-1);
    if (entry === undefined) return;
    this.#topInView = entry.isIntersecting || entry.boundingClientRect.top > 0;
    this.#drawSoon();
  }

  /** Says what is on the page and offers what can be done next. */
  #describe(): void {
    const waiting = this.#arrivals.count;
    this.#newest.hidden = waiting === 0 && !this.#inThePast;
    this.#newest.textContent = waiting === 0 ? 'Back to the newest' : `Show ${formatCount(waiting, 'new event')}`;
    this.#older.hidden = !this.#hasOlder;
    this.#beginning.hidden = this.#hasOlder || this.#rows.size < pageSize;
    this.#summary.textContent = this.#sentence();
    this.#describeEmpty();
  }

  #sentence(): string {
    const { size } = this.#rows;
    if (size === 0) return '';
    const matching = this.#query === undefined ? '' : ' matching';
    if (this.#inThePast) return `Showing ${formatNumber(size)} older${matching} events.`;
    if (this.#hasOlder) return `Showing the newest ${formatNumber(size)}${matching} events.`;
    return `Showing ${size === 1 ? 'the only' : `all ${formatNumber(size)}`}${matching} event${size === 1 ? '' : 's'}.`;
  }

  #describeEmpty(): void {
    this.#empty.hidden = this.#rows.size > 0;
    const filtered = this.#query !== undefined;
    this.#emptyText.textContent = filtered
      ? 'No event matches these filters.'
      : 'Nothing has happened yet. Create a user, or begin with a few samples.';
    this.#emptyAction.textContent = filtered ? 'Show all events' : 'Sample events';
  }
}
