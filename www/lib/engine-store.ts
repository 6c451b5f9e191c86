import type { Aggregate, Command } from './aggregate.ts';
import type { AppendOptions, AppendResult, Query, StreamWrite, WriteOptions } from './append.ts';
import { AppendQueue } from './append-queue.ts';
import { checkFunction, checkInteger, checkKeys, checkObject, checkOptions, checkSignal, checkText, checkWord, copyQuery, describe } from './arguments.ts';
import { CurrentLines } from './backup/current.ts';
import { exportStream } from './backup/export.ts';
import { importStream } from './backup/import.ts';
import type { ExportOptions, ImportOptions, ImportReport, ImportSource } from './backup/options.ts';
import { Bus } from './bus/bus.ts';
import { Commanding } from './commanding.ts';
import type { DispatchOptions, DispatchResult, LoadOptions, LoadResult } from './dispatch.ts';
import type { Diagnostics, Verification, VerifyOptions } from './diagnostics.ts';
import type { Session } from './engine/session.ts';
import { aborted, type AnnalsError, closed, invalidArgument } from './errors.ts';
import type { Event, NewEvent, RecordedEvent } from './event.ts';
import { isUuid } from './event-id.ts';
import { eventsOf, type Page } from './event-page.ts';
import { type BeginReading, PagedReader, type ReaderOptions } from './event-reader.ts';
import { type EventHandler, PagedSubscription } from './event-subscription.ts';
import type { MergeOptions, MergeReport } from './merge.ts';
import { Merger } from './merger.ts';
import { Mirror, type Witness } from './mirror.ts';
import { type Notice, type NoticeDetails, Notices } from './notices.ts';
import { browserFigures, persist } from './platform.ts';
import type { EventReader, ReadAllOptions, ReadStreamOptions, StreamsOptions } from './read.ts';
import type { RepairReport } from './repair.ts';
import type { Store, StoreStatus } from './store.ts';
import type { StoreOptions } from './store-options.ts';
import type { SubscribeOptions, Subscription, SubscriptionOptions } from './subscribe.ts';
import { Reading } from './upcasting/reading.ts';
import type { Upcasters } from './upcasting/upcasters.ts';
import type { Projection } from './views/projection.ts';
import { refuseWhileFolding } from './views/read-side.ts';
import type { View } from './views/view.ts';
import { Views } from './views/views.ts';

const APPEND_KEYS: ReadonlySet<string> = new Set(['expectedRevision', 'condition', 'signal']);
const APPEND_MANY_KEYS: ReadonlySet<string> = new Set(['condition', 'signal']);
const WRITE_KEYS: ReadonlySet<string> = new Set(['streamId', 'events', 'expectedRevision']);
const READ_STREAM_KEYS: ReadonlySet<string> = new Set(['from', 'to', 'direction', 'limit', 'signal']);
const READ_ALL_KEYS: ReadonlySet<string> = new Set(['after', 'until', 'time', 'query', 'direction', 'limit', 'signal']);
const TIME_KEYS: ReadonlySet<string> = new Set(['from', 'until']);
const STREAMS_KEYS: ReadonlySet<string> = new Set(['prefix', 'after', 'limit']);
const SUBSCRIBE_KEYS: ReadonlySet<string> = new Set(['after', 'query']);
const SIGNAL_KEYS: ReadonlySet<string> = new Set(['signal']);
const MERGE_KEYS: ReadonlySet<string> = new Set(['signal', 'onProgress']);
const VERIFY_KEYS: ReadonlySet<string> = new Set(['signal', 'onProgress']);
const NOTICES = ['blocked', 'needsReload', 'lost', 'failed', 'snapshotRefused', 'projectionStopped', 'viewRebuilt'];
const DIRECTIONS = ['forward', 'backward'];

/** What a store is made with. */
export interface EngineStoreContext {
  readonly session: Session;
  readonly queue: AppendQueue;
  readonly upcasters: Upcasters;
  readonly notices: Notices;
}

/** A store over an engine of its own. */
export class EngineStore implements Store {
  readonly name: string;
  readonly storeId: string;
  readonly isNew: boolean;
  readonly repaired: RepairReport | undefined;
  readonly #session: Session;
  readonly #queue: AppendQueue;
  readonly #upcasters: Upcasters;
  readonly #reading: Reading;
  readonly #notices: Notices;
  readonly #merger: Merger;
  #mirror: Mirror | undefined;
  readonly #missing: Witness | undefined;
  readonly #commanding: Commanding;
  readonly #views: Views;
  readonly #bus: Bus;
  readonly #refusedSnapshots: Set<string> = new Set();
  readonly #subscriptions: Set<PagedSubscription> = new Set();
  /** Tells imports that the store is not open any more. */
  readonly #ended: AbortController = new AbortController();
  #status: StoreStatus = 'open';
  #lastHead = 0;
  #closing: Promise<void> | undefined;
  #refreshing = false;

  constructor(options: StoreOptions, { session, queue, upcasters, notices }: EngineStoreContext) {
    this.name = options.name;
    this.#session = session;
    this.#queue = queue;
    this.#upcasters = upcasters;
    this.#reading = new Reading(upcasters);
    this.#notices = notices;
    this.#commanding = new Commanding(session, upcasters);
    this.#commanding.register(options.aggregates ?? [], options.development ?? false);
    this.#views = new Views(options.projections ?? [], options.development ?? false, {
      session,
      notices,
      upcasters,
      checkOpen: () => this.#checkOpen(),
      lockName: options.storage === 'memory' ? undefined : `annals:views:${options.name}`,
    });
    this.#bus = new Bus(this, options.commandHandlers ?? [], options.queryHandlers ?? []);
    this.#merger = new Merger(session, options.storage === 'memory' ? undefined : `annals:merge:${options.name}`);
    const { storeId, isNew, isLess, repaired } = session.now(({ storeId, isNew, isLess, repaired }) => ({ storeId, isNew, isLess, repaired }));
    this.storeId = storeId;
    this.isNew = isNew;
    this.repaired = repaired as RepairReport | undefined;
    this.#missing = isLess ? options.expect : undefined;
    this.#merger.consider();
  }

  /** Says what is missing, of what the app or this browser remembers: once it is sure that somebody gets the store, and can hear it. */
  compare(mirror: Mirror | undefined): void {
    if (this.#status !== 'open') return; // It ended while it was opening: what is remembered of it is not for it to write.
    this.#mirror = mirror;
    const found = { storeId: this.storeId, head: this.head };
    const remembered = this.#mirror?.read();
    const isLess = remembered !== undefined && (remembered.storeId !== found.storeId || remembered.head > found.head);
    const expected = this.#missing ?? (isLess ? remembered : undefined);
    if (expected !== undefined) this.#notices.tell('lost', { reason: 'behind', expected, found });
    // It is told once.
    if (isLess) this.#mirror?.replace(found);
    else this.#mirror?.consider(found);
  }

  /** Has the views show what is saved of them. */
  async restoreViews(): Promise<void> {
    if (!this.#views.isEmpty) await this.#views.restore();
  }

  /** Brings the views up to the log; `watch` is told how far that is, and says whether to go on. */
  async openViews(inBackground: boolean, watch: (name: string, done: number, total: number) => boolean): Promise<void> {
    if (!this.#views.isEmpty) await this.#views.open(inBackground, watch);
  }

  get head(): number {
    if (this.#status === 'open') this.#lastHead = this.#session.now((engine) => engine.head);
    return this.#lastHead;
  }

  get status(): StoreStatus {
    return this.#status;
  }

  append<E extends Event = Event>(streamId: string, events: readonly NewEvent<E>[], options: AppendOptions): Promise<AppendResult> {
    // Not async, for the queue's own promise is enough: one that waits for another costs turns of the microtask queue.
    try {
      this.#checkOpen();
      refuseWhileFolding('append');
      checkObject('options', options);
      for (const key in options) {
        if (!APPEND_KEYS.has(key)) checkKeys('options', options, APPEND_KEYS);
      }
      this.#commanding.flush();
      return this.#queue.push(streamId, events, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async appendMany(writes: readonly StreamWrite[], options?: WriteOptions): Promise<AppendResult> {
    this.#checkOpen();
    refuseWhileFolding('appendMany');
    checkOptions('options', options, APPEND_MANY_KEYS);
    if (!Array.isArray(writes)) throw invalidArgument('writes', 'an array of writes', describe(writes));
    for (let n = 0; n < writes.length; n++) {
      checkObject(`writes[${n}]`, writes[n]);
      checkKeys(`writes[${n}]`, writes[n] as object, WRITE_KEYS);
    }
    this.#commanding.flush();
    return this.#queue.pushMany(writes, options ?? {});
  }

  dispatch<S, C extends Command, E extends Event>(
    aggregate: Aggregate<S, C, E>,
    id: string,
    command: NoInfer<C>,
    options?: DispatchOptions,
  ): Promise<DispatchResult<S, E>> {
    // Not async, as in append.
    try {
      this.#checkOpen();
      refuseWhileFolding('dispatch');
      if (!this.#queue.isEmpty) this.#flush();
      return this.#commanding.dispatch(aggregate as Aggregate, id, command, options) as Promise<DispatchResult<unknown>> as Promise<DispatchResult<S, E>>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async load<S, C extends Command, E extends Event>(aggregate: Aggregate<S, C, E>, id: string, options?: LoadOptions): Promise<LoadResult<S>> {
    this.#checkOpen();
    return (await this.#commanding.load(aggregate as Aggregate, id, options)) as LoadResult<S>;
  }

  async send(...args: readonly unknown[]): Promise<never> {
    this.#checkOpen();
    refuseWhileFolding('send');
    return (await this.#bus.send(args)) as never;
  }

  async query(...args: readonly unknown[]): Promise<never> {
    this.#checkOpen();
    return (await this.#bus.query(args)) as never;
  }

  view<Row>(projection: Projection<Row>): View<Row> {
    return this.#views.view(projection);
  }

  readStream<E extends Event = Event>(streamId: string, options?: ReadStreamOptions): EventReader<E> {
    checkText('streamId', streamId);
    checkOptions('options', options, READ_STREAM_KEYS);
    const { from, to, direction, limit, signal } = options ?? {};
    checkInteger('options.from', from, 0);
    checkInteger('options.to', to, 0);
    checkReading(direction, limit, signal);
    const backward = direction === 'backward';
    const begin: BeginReading = (head, { behind, limit }) => {
      const bounds = behind === undefined ? { from, to } : backward ? { from, to: behind.revision - 1 } : { from: behind.revision + 1, to };
      return this.#call((engine) => engine.readStream({ streamId, ...bounds, backward, limit, head }));
    };
    return this.#reader(this.#reading, begin, { limit, signal });
  }

  readAll<E extends Event = Event>(options?: ReadAllOptions): EventReader<E> {
    checkOptions('options', options, READ_ALL_KEYS);
    const { after, until, time, query, direction, limit, signal } = options ?? {};
    checkInteger('options.after', after, 0);
    checkInteger('options.until', until, 0);
    checkOptions('options.time', time, TIME_KEYS);
    checkInteger('options.time.from', time?.from, 0);
    checkInteger('options.time.until', time?.until, 0);
    checkReading(direction, limit, signal);
    const asked = query === undefined ? undefined : copyQuery('options.query', query);
    const request = {
      fromTime: time?.from,
      untilTime: time?.until,
      query: asked && this.#upcasters.storedQuery(asked),
      backward: direction === 'backward',
    };
    const begin: BeginReading = (head, { behind, limit }) => {
      const bounds = behind === undefined ? { after, until } : request.backward ? { after, until: behind.position - 1 } : { after: behind.position, until };
      return this.#call((engine) => engine.readAll({ ...request, ...bounds, limit, head }));
    };
    return this.#reader(new Reading(this.#upcasters, asked), begin, { limit, signal });
  }

  async event<E extends Event = Event>(id: string): Promise<RecordedEvent<E> | undefined> {
    if (typeof id !== 'string' || !isUuid(id)) throw invalidArgument('id', 'a UUID', describe(id));
    const page = (await this.#call((engine) => engine.event(id))) as Page | undefined;
    return page && (this.#reading.piecesOf(eventsOf(page)[0] as RecordedEvent)[0] as RecordedEvent as RecordedEvent<E> | undefined);
  }

  async streamRevision(streamId: string): Promise<number> {
    checkText('streamId', streamId);
    return this.#call((engine) => engine.streamRevision(streamId));
  }

  async streams(options?: StreamsOptions): Promise<string[]> {
    checkOptions('options', options, STREAMS_KEYS);
    const { prefix, after, limit } = options ?? {};
    if (prefix !== undefined) checkText('options.prefix', prefix);
    if (after !== undefined) checkText('options.after', after);
    checkInteger('options.limit', limit, 0);
    return this.#call((engine) => engine.streams({ prefix: prefix ?? '', after, limit }));
  }

  subscribe<E extends Event = Event>(
    options: SubscribeOptions,
    handler: (event: RecordedEvent<E>) => unknown,
    subscription?: SubscriptionOptions,
  ): Subscription {
    this.#checkOpen();
    checkOptions('options', options, SUBSCRIBE_KEYS);
    const { after = 0, query } = options ?? {};
    if (after !== 'head') checkInteger('options.after', after, 0);
    if (typeof handler !== 'function') throw invalidArgument('handler', 'a function', describe(handler));
    checkOptions('subscription', subscription, SIGNAL_KEYS);
    checkSignal('subscription.signal', subscription?.signal);
    const asked = query === undefined ? undefined : copyQuery('options.query', query);
    const position = after === 'head' ? undefined : after;
    const engine = this.#session.now((engine) => engine.subscribe({ after: position, query: asked && this.#upcasters.storedQuery(asked) }));
    const reading = new Reading(this.#upcasters, asked);
    const made = new PagedSubscription(this.#session, engine, { handler: handler as EventHandler, reading, position, signal: subscription?.signal });
    this.#subscriptions.add(made);
    void made.closed.then(() => this.#subscriptions.delete(made));
    return made;
  }

  on<N extends Notice>(notice: N, listener: (details: NoticeDetails[N]) => void): () => void {
    checkWord('notice', notice ?? null, NOTICES);
    if (typeof listener !== 'function') throw invalidArgument('listener', 'a function', describe(listener));
    return this.#notices.on(notice, listener);
  }

  persist(): Promise<boolean> {
    return persist();
  }

  async diagnostics(): Promise<Diagnostics> {
    const figures = (await this.#call((engine) => engine.diagnostics())) as Diagnostics;
    return { ...figures, ...(await browserFigures()) };
  }

  async verify(options?: VerifyOptions): Promise<Verification> {
    checkOptions('options', options, VERIFY_KEYS);
    const { signal, onProgress } = options ?? {};
    checkSignal('options.signal', signal);
    checkFunction('options.onProgress', onProgress);
    if (signal?.aborted) throw aborted(signal);
    let thrown: { error: unknown } | undefined;
    const between = (done: number, total: number): boolean => {
      try {
        onProgress?.({ phase: 'verify', done, total });
      } catch (error) {
        thrown = { error };
      }
      return thrown === undefined && !signal?.aborted;
    };
    try {
      return (await this.#call((engine) => engine.verify(between))) as Verification;
    } catch (error) {
      if (thrown !== undefined) throw thrown.error;
      throw signal?.aborted ? aborted(signal) : error;
    }
  }

  async repair(): Promise<RepairReport> {
    return (await this.#call((engine) => engine.repair())) as RepairReport;
  }

  async merge(options?: MergeOptions): Promise<MergeReport> {
    checkOptions('options', options, MERGE_KEYS);
    const { signal, onProgress } = options ?? {};
    checkSignal('options.signal', signal);
    checkFunction('options.onProgress', onProgress);
    this.#checkOpen();
    return this.#merger.merge(options ?? {});
  }

  export(options?: ExportOptions): ReadableStream<Uint8Array> {
    this.#checkOpen();
    const currentLines = (after: number, query: Query | undefined): CurrentLines => new CurrentLines(this.readAll({ after, ...(query && { query }) }), { storeId: this.storeId, after, query });
    return exportStream({ session: this.#session, storedQuery: (query) => this.#upcasters.storedQuery(query), currentLines }, options);
  }

  async import(source: ImportSource, options?: ImportOptions): Promise<ImportReport> {
    this.#checkOpen();
    refuseWhileFolding('import');
    this.#flush();
    try {
      return await importStream(this.#session, source, options, this.#ended.signal);
    } finally {
      this.settled();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Takes in what the engine says of the storage. */
  hear(signal: string): void {
    if (signal === 'blocked') this.#notices.tell('blocked', {});
    if (signal === 'deleted') {
      this.#mirror?.forget();
      this.#end('lost', 'lost', { reason: 'deleted' });
    }
    if (signal === 'needsReload') this.#end('needsReload', 'needsReload', {});
    if (signal === 'changed') this.#refresh();
  }

  /** Takes in what became of commands. */
  settleCommands(numbers: Float64Array, values: readonly unknown[], page: unknown): void {
    this.#commanding.settle(numbers, values, page as Page | undefined);
    this.settled();
  }

  /** Hands everything that was called before to the engine. Whoever comes second has had the first cross, so this order is that of the calls. */
  #flush(): void {
    this.#commanding.flush();
    this.#queue.flush();
  }

  /** Takes in that a commit was answered. */
  settled(): void {
    if (this.#status !== 'open') return;
    this.#lastHead = this.head;
    this.#mirror?.consider({ storeId: this.storeId, head: this.#lastHead });
    this.#merger.consider();
  }

  /** Takes in that a state cannot be kept. */
  refuseSnapshot(streamId: string, reason: string): void {
    const aggregate = streamId.slice(0, streamId.indexOf('-'));
    if (this.#refusedSnapshots.has(aggregate)) return;
    this.#refusedSnapshots.add(aggregate);
    // A mistake that shows nowhere else: nothing fails, it only stays slow.
    console.warn(`annals: the state of ${JSON.stringify(streamId)} is not kept as a snapshot, so its history is replayed: ${reason}`);
    this.#notices.tell('snapshotRefused', { aggregate, streamId, reason });
  }

  /** Takes in that the engine has failed. */
  fail(error: AnnalsError): void {
    this.#queue.fail(error);
    this.#commanding.fail(error);
    this.#end('failed', 'failed', { error });
  }

  #end<N extends Notice>(status: StoreStatus, notice: N, details: NoticeDetails[N]): void {
    if (this.#status !== 'open') return;
    if (status !== 'failed') this.#lastHead = this.head;
    this.#status = status;
    this.#mirror?.end();
    this.#merger.end();
    this.#views.end();
    this.#endUnderWay();
    this.#notices.tell(notice, details);
  }

  /** Ends what goes on for as long as the store is open: subscriptions and imports. */
  #endUnderWay(): void {
    for (const subscription of this.#subscriptions) subscription.end(this.#notOpen());
    this.#ended.abort(this.#notOpen());
  }

  async #close(): Promise<void> {
    this.#merger.end();
    this.#flush();
    if (this.#session.failure === undefined) {
      if (this.#status === 'open') {
        this.#lastHead = this.head;
        this.#status = 'closed';
        this.#endUnderWay();
        await this.#views.save();
      }
      this.#views.end();
      const closing = this.#session.call((engine) => engine.close());
      await closing.catch(() => {});
      this.#lastHead = this.#session.failure ? this.#lastHead : this.#session.now((engine) => engine.head);
      if (this.#status === 'closed') this.#mirror?.consider({ storeId: this.storeId, head: this.#lastHead });
      this.#mirror?.end();
    }
    this.#session.end();
  }

  /** Another tab has stored something. Subscriptions and views look for themselves. */
  #refresh(): void {
    if (this.#refreshing || this.#subscriptions.size > 0 || !this.#views.isEmpty || this.#status !== 'open') return;
    this.#refreshing = true;
    const done = (): void => void (this.#refreshing = false);
    // A refresh that fails says nothing: the next call finds out for itself.
    this.#call((engine) => engine.refresh()).then(done, done);
  }

  #reader<E extends Event>(reading: Reading, begin: BeginReading, options: ReaderOptions): EventReader<E> {
    return new PagedReader({ session: this.#session, reading, knownHead: () => this.head }, begin, options) as EventReader as EventReader<E>;
  }

  async #call<T>(call: Parameters<typeof Session.prototype.call<T>>[0]): Promise<T> {
    this.#checkOpen();
    return this.#session.call(call);
  }

  #checkOpen(): void {
    if (this.#status !== 'open') throw this.#notOpen();
  }

  /** Why the store cannot be used any more. */
  #notOpen(): AnnalsError {
    if (this.#session.failure !== undefined) return this.#session.failure;
    return closed(this.#status === 'lost' ? 'deleted' : this.#status === 'needsReload' ? 'needsReload' : 'closed');
  }
}

function checkReading(direction: unknown, limit: unknown, signal: unknown): void {
  checkWord('options.direction', direction, DIRECTIONS);
  checkInteger('options.limit', limit, 0);
  checkSignal('options.signal', signal);
}
