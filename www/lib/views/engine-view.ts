import type { EnginePast, EngineViews } from '#engine/glue';
import { checkFunction, checkInteger, checkKeys, checkObject, checkOptions, checkSignal, checkText } from '../arguments.ts';
import type { Session } from '../engine/session.ts';
import { aborted, type AnnalsError, type AnnalsErrorOf, annalsError, invalidArgument, isAnnalsError } from '../errors.ts';
import { safely } from '../safely.ts';
import { countText, type Explanation, type FindQuery, queryText, type Where } from './find.ts';
import type { Generation, Letter } from './generation.ts';
import { checkListener, listenOptions, Listeners } from './listeners.ts';
import { EngineLiveQuery } from './live-query.ts';
import { refuseWhileLooking } from './looking.ts';
import type { AnyProjection } from './projection.ts';
import type { ProjectionHost, ViewListener } from './projection-host.ts';
import { PastView } from './past-view.ts';
import type { DeadLetter, Invalidate, LiveQuery, Moment, ReadonlyView, View, ViewStatus, ViewWorkOptions } from './view.ts';

const SUBSCRIBE_KEYS: ReadonlySet<string> = new Set(['key', 'signal']);
const WHEN_KEYS: ReadonlySet<string> = new Set(['signal']);
const WORK_KEYS: ReadonlySet<string> = new Set(['onProgress', 'signal']);
const MOMENT_KEYS: ReadonlySet<string> = new Set(['position', 'time']);

/** As `src/wasm/views.rs` says it. */
const STATUSES: readonly ViewStatus[] = ['catchingUp', 'ready', 'stopped'];

/** What a view hands on to its store. */
export interface ViewContext {
  readonly session: Session;
  readonly host: ProjectionHost;
  /** The engine's views. */
  readonly engine: () => EngineViews;
  /** Throws when the store is closed. */
  readonly checkOpen: () => void;
  /** It has stopped. */
  readonly stopped: (view: EngineView, error: AnnalsError) => void;
  /** It has changed: there may be something to save. */
  readonly moved: () => void;
}

/** A row that somebody listens to, and what they were told last. */
interface KeptRow {
  readonly listeners: Listeners<unknown>;
  last: unknown;
}

/** A view over the engine: the rows are here, where they are and which is where is known there. */
export class EngineView implements View, ViewListener {
  readonly name: string;
  readonly version: number;
  readonly ready: Promise<void>;
  readonly #context: ViewContext;
  readonly #number: number;
  readonly #listeners: Listeners<View> = new Listeners();
  readonly #rows: Map<string, KeptRow> = new Map();
  readonly #lives: Map<number, EngineLiveQuery<unknown>> = new Map();
  #shown: Generation | undefined;
  #error: AnnalsErrorOf<'ProjectionStopped'> | undefined;
  #changes = 0;
  #isEnded = false;
  #setReady: { resolve: () => void; reject: (error: unknown) => void } = { resolve: () => {}, reject: () => {} };

  constructor(projection: AnyProjection, number: number, context: ViewContext) {
    this.name = projection.name;
    this.version = projection.version;
    this.#number = number;
    this.#context = context;
    this.ready = new Promise((resolve, reject) => (this.#setReady = { resolve, reject }));
    // Who does not ask is not told.
    this.ready.catch(() => {});
  }

  get position(): number {
    return this.#state(0);
  }

  get updatedAt(): number {
    return this.#state(1);
  }

  get status(): ViewStatus {
    return STATUSES[this.#state(2)] as ViewStatus;
  }

  get error(): AnnalsErrorOf<'ProjectionStopped'> | undefined {
    return this.#error;
  }

  get deadLetters(): readonly DeadLetter[] {
    return JSON.parse(this.#now((engine) => engine.deadLetters(this.#number))) as DeadLetter[];
  }

  get(key: string): unknown {
    return (this.#shown as Generation).get(key);
  }

  entries(): Iterable<readonly [key: string, row: unknown]> {
    return entriesOf(this.#shown as Generation, this.#find(queryText(undefined)));
  }

  find(query?: FindQuery): readonly unknown[] {
    return this.#found(queryText(query));
  }

  count(query?: { readonly where?: Where<unknown> }): number {
    const text = countText(query);
    return this.#now((engine) => engine.count(this.#number, text));
  }

  explain(query?: FindQuery): Explanation {
    const text = queryText(query);
    return JSON.parse(this.#now((engine) => engine.explain(this.#number, text))) as Explanation;
  }

  live(query?: FindQuery): LiveQuery {
    const text = queryText(query);
    const view = this;
    const source = {
      get isOpen() {
        return !view.#isEnded;
      },
      get changes() {
        return view.#changes;
      },
      find: (text: string) => this.#found(text),
      open: (text: string) => this.#now((engine) => engine.openLive(this.#number, text)),
      answer: (live: number) => rowsOf(this.#shown as Generation, this.#now((engine) => engine.liveAnswer(this.#number, live))),
      close: (live: number) => {
        this.#lives.delete(live);
        if (this.#context.session.failure === undefined && this.#context.session.isOpen) this.#now((engine) => engine.closeLive(this.#number, live));
      },
    };
    return new EngineLiveQuery(source, text, (id, live) => this.#lives.set(id, live));
  }

  subscribe(
    listener: (value: never) => void,
    options?: { readonly key?: string | undefined; readonly signal?: AbortSignal | undefined } | Invalidate,
  ): () => void {
    const { key, signal } = listenOptions(options, SUBSCRIBE_KEYS);
    checkListener(listener, signal);
    if (key === undefined) return this.#listeners.add(listener as (view: View) => void, this, { signal });
    checkText('options.key', key);
    if (signal?.aborted) return () => {};
    const row = this.get(key);
    const kept: KeptRow = this.#rows.get(key) ?? { listeners: new Listeners<unknown>(), last: row };
    // Those who listen already hear first what is told now, so that nobody hears it twice.
    this.#tellRow(kept, row);
    this.#rows.set(key, kept);
    const ended = (): void => void (kept.listeners.size === 0 && this.#rows.delete(key));
    return kept.listeners.add(listener as (row: unknown) => void, row, { signal, ended });
  }

  async whenAt(position: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    checkOptions('options', options, WHEN_KEYS);
    if (position === undefined) throw invalidArgument('position', 'an integer of at least 0', 'nothing');
    checkInteger('position', position, 0);
    checkSignal('options.signal', options?.signal);
    await this.#unlessAborted(options?.signal, this.#call((engine) => engine.whenAt(this.#number, position)));
  }

  async rebuild(options?: ViewWorkOptions): Promise<void> {
    await this.#work(options, (engine, watch) => engine.rebuild(this.#number, watch));
    this.#error = undefined;
    this.#setReady.resolve();
    this.#context.moved();
  }

  async asOf(moment: Moment, options?: ViewWorkOptions): Promise<ReadonlyView> {
    const checked = checkedMoment(moment);
    const past = (await this.#work(options, (engine, watch) => engine.asOf(this.#number, checked, watch))) as EnginePast;
    const generation = this.#context.host.generation(past.generation) as Generation;
    return new PastView(this, this.#context.session, past, generation);
  }

  show(generation: Generation): void {
    this.#shown = generation;
  }

  moved(): void {
    this.#changes++;
  }

  changed(lives: readonly number[]): void {
    if (this.#isEnded) return;
    this.#notice();
    for (const live of lives) this.#lives.get(live)?.changed();
    this.#listeners.tell(this);
    for (const [key, kept] of [...this.#rows]) {
      this.#tellRow(kept, this.get(key));
    }
    this.#context.moved();
  }

  /** It has caught up with what was stored at open. */
  isOpen(): void {
    this.#notice();
    if (this.#error === undefined) this.#setReady.resolve();
  }

  /** What comes instead of being ready. */
  fail(error: unknown): void {
    this.#setReady.reject(error);
  }

  /** The store is closed: nothing more will come. */
  end(): void {
    this.#isEnded = true;
    // An observer of the caller's, or its signal, may throw: the store is to be closed all the same.
    for (const live of [...this.#lives.values()]) safely(() => live.close());
  }

  #tellRow(kept: KeptRow, row: unknown): void {
    if (row === kept.last) return;
    kept.last = row;
    kept.listeners.tell(row);
  }

  #notice(): void {
    if (this.status !== 'stopped') {
      this.#error = undefined;
      return;
    }
    if (this.#error !== undefined) return;
    const fault = JSON.parse(this.#now((engine) => engine.fault(this.#number)) ?? 'null') as Letter | null;
    if (fault === null) return;
    this.#error = stoppedAt(this.name, fault, (this.#shown as Generation).thrown);
    this.#setReady.reject(this.#error);
    this.#context.stopped(this, this.#error);
  }

  #found(text: string): readonly unknown[] {
    return rowsOf(this.#shown as Generation, this.#find(text));
  }

  #find(text: string): Uint32Array {
    return this.#now((engine) => engine.find(this.#number, text));
  }

  #state(n: number): number {
    return this.#now((engine) => engine.state(this.#number))[n] as number;
  }

  #now<T>(call: (engine: EngineViews) => T): T {
    refuseWhileLooking();
    return this.#context.session.now(() => call(this.#context.engine()));
  }

  async #call<T>(call: (engine: EngineViews) => Promise<T>): Promise<T> {
    this.#context.checkOpen();
    try {
      return await this.#context.session.call(() => call(this.#context.engine()));
    } catch (error) {
      if (!isAnnalsError(error, 'ProjectionStopped')) throw error;
      const { message, position } = error;
      throw annalsError('ProjectionStopped', `${JSON.stringify(this.name)}: ${message}`, { projection: this.name, position }, { cause: this.#error?.cause });
    }
  }

  /** Long work, which is watched and can be ended. */
  async #work<T>(options: ViewWorkOptions | undefined, work: (engine: EngineViews, watch: (done: number, total: number) => boolean) => Promise<T>): Promise<T> {
    checkOptions('options', options, WORK_KEYS);
    const { onProgress, signal } = options ?? {};
    checkFunction('options.onProgress', onProgress);
    checkSignal('options.signal', signal);
    if (signal?.aborted) throw aborted(signal);
    let thrown: { readonly error: unknown } | undefined;
    const watch = (done: number, total: number): boolean => {
      try {
        onProgress?.({ phase: 'rebuild', name: this.name, done, total });
      } catch (error) {
        thrown = { error };
      }
      return thrown === undefined && !signal?.aborted;
    };
    try {
      return await this.#call((engine) => work(engine, watch));
    } catch (error) {
      if (thrown !== undefined) throw thrown.error;
      throw signal?.aborted ? aborted(signal) : error;
    }
  }

  /** Waits for a call that nobody can take back, or until the signal is aborted. */
  #unlessAborted(signal: AbortSignal | undefined, call: Promise<void>): Promise<void> {
    if (signal === undefined) return call;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(aborted(signal));
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      call.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }
}

export function rowsOf(generation: Generation, slots: Uint32Array): unknown[] {
  const rows = new Array<unknown>(slots.length);
  for (let n = 0; n < slots.length; n++) rows[n] = generation.row(slots[n] as number);
  return rows;
}

export function* entriesOf(generation: Generation, slots: Uint32Array): Iterable<readonly [key: string, row: unknown]> {
  const entries = Array.from(slots, (slot) => [generation.key(slot), generation.row(slot)] as const);
  yield* entries;
}

function stoppedAt(projection: string, { position, type, streamId, message }: Letter, cause: unknown): AnnalsErrorOf<'ProjectionStopped'> {
  const where = `event ${position}, a ${JSON.stringify(type)} of ${JSON.stringify(streamId)}`;
  const sentence = `projection ${JSON.stringify(projection)} has stopped at ${where}: ${message}`;
  return annalsError('ProjectionStopped', sentence, { projection, position }, { cause }) as AnnalsErrorOf<'ProjectionStopped'>;
}

/** A copy: what was checked is what is used. */
function checkedMoment(moment: unknown): object {
  checkObject('moment', moment);
  checkKeys('moment', moment, MOMENT_KEYS);
  const given = Object.entries(moment).filter(([, value]) => value !== undefined);
  if (given.length !== 1) throw invalidArgument('moment', 'one of position and time', `${given.length} of them`);
  for (const [key, value] of given) checkInteger(`moment.${key}`, value, 0);
  return Object.fromEntries(given);
}
