import { describe } from '../arguments.ts';
import { invalidArgument } from '../errors.ts';
import { safely } from '../safely.ts';
import { checkListener, listenOptions, Listeners } from './listeners.ts';
import type { Invalidate, LiveQuery, Observer, Unsubscribe } from './view.ts';

/** What a live query asks of its view. */
export interface LiveSource<Row> {
  /** Whether there is more to come: the store is open. */
  readonly isOpen: boolean;
  /** How often the view has changed. */
  readonly changes: number;
  find(text: string): readonly Row[];
  /** Keeps a question while somebody listens; its number is the answer. */
  open(text: string): number;
  answer(live: number): readonly Row[];
  close(live: number): void;
}

const SUBSCRIBE_KEYS: ReadonlySet<string> = new Set(['signal']);

/** A question that is kept by the engine while somebody listens, and asked again when it is looked at otherwise. */
export class EngineLiveQuery<Row> implements LiveQuery<Row> {
  readonly #source: LiveSource<Row>;
  readonly #text: string;
  readonly #listeners: Listeners<readonly Row[]> = new Listeners();
  readonly #onOpen: (id: number, query: EngineLiveQuery<Row>) => void;
  /** Ends what waits for more, when it is closed. */
  readonly #ends: Set<() => void> = new Set();
  #id: number | undefined;
  #answer: readonly Row[];
  /** The answer that those who listen were told: it may have been looked at since. */
  #told: readonly Row[];
  #seen: number;
  #isClosed = false;

  constructor(source: LiveSource<Row>, text: string, onOpen: (id: number, query: EngineLiveQuery<Row>) => void) {
    this.#source = source;
    this.#text = text;
    this.#onOpen = onOpen;
    this.#answer = Object.freeze(source.find(text));
    this.#told = this.#answer;
    this.#seen = source.changes;
    // Frameworks take these two as they are: `useSyncExternalStore(query.subscribe, query.get)`.
    this.get = this.get.bind(this);
    this.subscribe = this.subscribe.bind(this);
  }

  /** For RxJS's `from`, and whoever else asks for it so. */
  ['@@observable'](): this {
    return this;
  }

  get(): readonly Row[] {
    if (this.#isOpen && this.#seen !== this.#source.changes) {
      this.#seen = this.#source.changes;
      this.#take(this.#id === undefined ? this.#source.find(this.#text) : this.#source.answer(this.#id));
    }
    return this.#answer;
  }

  subscribe(
    listener: ((rows: readonly Row[]) => void) | Observer<readonly Row[]>,
    options?: { readonly signal?: AbortSignal | undefined } | Invalidate,
  ): Unsubscribe {
    const { signal } = listenOptions(options, SUBSCRIBE_KEYS);
    const isObserver = typeof listener === 'object' && listener !== null;
    const next = isObserver ? (rows: readonly Row[]) => listener.next?.(rows) : listener;
    if (typeof next !== 'function') throw invalidArgument('listener', 'a function or an observer', describe(listener));
    checkListener(next, signal);
    if (signal?.aborted) return unsubscribe(() => {});
    // Those who listen already hear first what is told now, so that nobody hears it twice.
    this.changed();
    const complete = (): void => {
      if (isObserver) safely(() => listener.complete?.());
    };
    if (!this.#isOpen) {
      complete();
      return unsubscribe(() => {});
    }
    this.#listen();
    this.#ends.add(complete);
    const ended = (): void => {
      this.#ends.delete(complete);
      this.#rest();
    };
    return unsubscribe(this.#listeners.add(next, this.get(), { signal, ended }));
  }

  async *[Symbol.asyncIterator](): AsyncIterator<readonly Row[]> {
    let wake: () => void = () => {};
    let last: readonly Row[] | undefined;
    const end = (): void => wake();
    this.#ends.add(end);
    const stop = this.subscribe(() => wake());
    try {
      while (this.#isOpen) {
        const answer = this.get();
        if (answer !== last) {
          last = answer;
          yield answer;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#ends.delete(end);
      stop();
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.get();
    this.#isClosed = true;
    const ends = [...this.#ends];
    this.#ends.clear();
    this.#listeners.end();
    for (const end of ends) end();
  }

  /** The engine says that the answer is another. */
  changed(): void {
    const answer = this.get();
    if (answer === this.#told) return;
    this.#told = answer;
    this.#listeners.tell(answer);
  }

  /** Whether there may be another answer. */
  get #isOpen(): boolean {
    return !this.#isClosed && this.#source.isOpen;
  }

  #listen(): void {
    if (this.#id !== undefined) return;
    this.get();
    this.#id = this.#source.open(this.#text);
    this.#onOpen(this.#id, this);
  }

  /** Lets the engine rest when nobody listens any more. */
  #rest(): void {
    if (this.#listeners.size === 0) this.#forget();
  }

  #forget(): void {
    if (this.#id === undefined) return;
    this.#source.close(this.#id);
    this.#id = undefined;
  }

  #take(rows: readonly Row[]): void {
    const before = this.#answer;
    const isSame = rows.length === before.length && rows.every((row, n) => row === before[n]);
    if (!isSame) this.#answer = Object.freeze(rows);
  }
}

function unsubscribe(end: () => void): Unsubscribe {
  return Object.assign(() => end(), { unsubscribe: end });
}
