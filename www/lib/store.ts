/// <reference lib="esnext.disposable" preserve="true" />
import type { Aggregate, Command } from './aggregate.ts';
import type { AppendOptions, AppendResult, StreamWrite, WriteOptions } from './append.ts';
import type { ExportOptions, ImportOptions, ImportReport, ImportSource } from './backup/options.ts';
import type { CommandHandler, QueryHandler, QueryMessage } from './bus/handlers.ts';
import type { Diagnostics, Verification, VerifyOptions } from './diagnostics.ts';
import type { DispatchOptions, DispatchResult, LoadOptions, LoadResult } from './dispatch.ts';
import type { Event, NewEvent, RecordedEvent } from './event.ts';
import type { Notice, NoticeDetails } from './notices.ts';
import type { MergeOptions, MergeReport } from './merge.ts';
import type { EventReader, ReadAllOptions, ReadStreamOptions, StreamsOptions } from './read.ts';
import type { RepairReport } from './repair.ts';
import type { SubscribeOptions, Subscription, SubscriptionOptions } from './subscribe.ts';
import type { Projection } from './views/projection.ts';
import type { View } from './views/view.ts';

/** Whether a store can be used, and if not, why. */
export type StoreStatus = 'open' | 'closed' | 'lost' | 'needsReload' | 'failed';

/**
 * An open store. Every method may also fail with `Closed` once the store is closed or deleted, and with `EngineFailed` once its
 * engine has.
 */
export interface Store {
  readonly name: string;
  /** The store's own id, made when it was created. */
  readonly storeId: string;
  /** Whether opening created the store. */
  readonly isNew: boolean;
  /** The position of the newest event that this store knows as stored; 0 without one. */
  readonly head: number;
  readonly status: StoreStatus;
  /** What opening has set aside; absent unless it was asked to repair. */
  readonly repaired: RepairReport | undefined;

  /**
   * Stores events in one stream, all or none. Appends take effect in the order of the calls and share commits. The answer comes
   * once they are stored.
   *
   * @throws {AnnalsError} `InvalidArgument`, `Serialization`, `RevisionConflict`, `AppendConditionFailed`, `DuplicateEvent`,
   * `QuotaExceeded`, `StorageCorrupt`, `StorageFailed`, `Aborted`
   */
  append<E extends Event = Event>(streamId: string, events: readonly NewEvent<E>[], options: AppendOptions): Promise<AppendResult>;
  /**
   * Stores events in several streams, all or none. A stream may occur once; a write without events is a check only.
   *
   * @throws {AnnalsError} as {@link Store.append}
   */
  appendMany(writes: readonly StreamWrite[], options?: WriteOptions): Promise<AppendResult>;

  /**
   * Has an aggregate decide on a command, and stores what that makes happen. Commands for one aggregate are decided in the order of the
   * calls, each on the state that the former ones leave; they share commits. When another tab was first, the command is decided again.
   * What `decide` throws comes back as the very same object, once all that it rests on is stored.
   *
   * @throws {AnnalsError} `InvalidArgument`, `HandlerNotFound` (no such command), `HandlerFailed` (evolve threw), `Serialization`,
   * `RevisionConflict`, `AppendConditionFailed`, `DuplicateEvent` (the command was carried out on another aggregate), `QuotaExceeded`,
   * `StorageCorrupt`, `StorageFailed`, `Aborted`
   */
  dispatch<S, C extends Command, E extends Event>(
    aggregate: Aggregate<S, C, E>,
    id: string,
    command: NoInfer<C>,
    options?: DispatchOptions,
  ): Promise<DispatchResult<S, E>>;
  /**
   * The state of an aggregate, now or as of a moment. One to which nothing has happened has the initial state, at revision 0.
   *
   * @throws {AnnalsError} `InvalidArgument`, `HandlerFailed` (evolve threw), `StorageCorrupt`, `StorageFailed`
   */
  load<S, C extends Command, E extends Event>(aggregate: Aggregate<S, C, E>, id: string, options?: LoadOptions): Promise<LoadResult<S>>;

  /**
   * Has a command handler decide on a command: the one that is given, or the one of the command's type. What the handler throws comes back as the
   * very same object. It is never called again by itself.
   *
   * @throws {AnnalsError} `InvalidArgument`, `HandlerNotFound` (no handler of the type)
   */
  send<C extends Command, R>(handler: CommandHandler<C, R>, command: NoInfer<C>): Promise<R>;
  send<R = unknown>(command: Command): Promise<R>;
  /**
   * Has a query handler answer a query: the one that is given, or the one of the query's type.
   *
   * @throws {AnnalsError} `InvalidArgument`, `HandlerNotFound` (no handler of the type)
   */
  query<Q extends QueryMessage, R>(handler: QueryHandler<Q, R>, query: NoInfer<Q>): Promise<R>;
  query<R = unknown>(query: QueryMessage): Promise<R>;

  /**
   * The view of a projection that was given to `openStore`.
   *
   * @throws {AnnalsError} `InvalidArgument` (it was not)
   */
  view<Row>(projection: Projection<Row>): View<Row>;

  /**
   * Reads one stream; one that is not there is empty. Here as in all that reads, events are given in the form that the upcasters of the store make of
   * them; bounds mean what is stored, a limit means stored events of which something is left.
   *
   * @throws {AnnalsError} `InvalidArgument`; reading: `StorageCorrupt`, `StorageFailed`, `Aborted`, `UpcastFailed`
   */
  readStream<E extends Event = Event>(streamId: string, options?: ReadStreamOptions): EventReader<E>;
  /**
   * Reads all streams, or what a query matches, in order of positions.
   *
   * @throws {AnnalsError} as {@link Store.readStream}
   */
  readAll<E extends Event = Event>(options?: ReadAllOptions): EventReader<E>;
  /**
   * The event with an id; of one that upcasters split, the first piece. (Reading its stream from its revision to its revision gives all.)
   *
   * @throws {AnnalsError} `InvalidArgument`, `StorageCorrupt`, `StorageFailed`, `UpcastFailed`
   */
  event<E extends Event = Event>(id: string): Promise<RecordedEvent<E> | undefined>;
  /**
   * How many events a stream has; 0 for one that is not there.
   *
   * @throws {AnnalsError} `InvalidArgument`, `StorageFailed`
   */
  streamRevision(streamId: string): Promise<number>;
  /**
   * Names of streams, in code-point order.
   *
   * @throws {AnnalsError} `InvalidArgument`, `StorageFailed`
   */
  streams(options?: StreamsOptions): Promise<string[]>;
  /**
   * Follows the log: each matching event once, in order, other tabs' events too. A handler that answers with a promise is waited
   * for; one that throws ends the subscription.
   *
   * @throws {AnnalsError} `InvalidArgument`, `Closed`
   */
  subscribe<E extends Event = Event>(
    options: SubscribeOptions,
    handler: (event: RecordedEvent<E>) => unknown,
    subscription?: SubscriptionOptions,
  ): Subscription;

  /** Hears of the store's life; answers with the function that ends it. A notice that came before is heard by the first. */
  on<N extends Notice>(notice: N, listener: (details: NoticeDetails[N]) => void): () => void;
  /** Asks the browser to keep the data even when room is short; call it from a user's action. Whether it does. */
  persist(): Promise<boolean>;
  /**
   * What the store knows of its own size.
   *
   * @throws {AnnalsError} `StorageFailed`
   */
  diagnostics(): Promise<Diagnostics>;
  /**
   * Reads every stored byte again, and checks every checksum and promise. Damage is in the answer.
   *
   * @throws {AnnalsError} `StorageFailed`, `Aborted`
   */
  verify(options?: VerifyOptions): Promise<Verification>;
  /**
   * Sets damaged records aside, so that the rest can be read, and says which events are lost. No event is deleted, and their positions
   * are not given again. (The revision of a stream that lost its newest events may be.) A store that does not open for damage is opened with `repair: true`.
   *
   * @throws {AnnalsError} `StorageFailed`, `StorageCorrupt` (damage that cannot be set aside)
   */
  repair(): Promise<RepairReport>;
  /**
   * Merges now what would be merged when the page is idle: many small records become few large ones, which are read faster and take
   * less room. No answer changes by it, and nothing has to wait for it.
   *
   * @throws {AnnalsError} `QuotaExceeded`, `StorageCorrupt`, `StorageFailed`, `Aborted`
   */
  merge(options?: MergeOptions): Promise<MergeReport>;
  /**
   * All events, or those after a position or that a query matches, as lines of JSON in UTF-8: a backup, or something to analyse. Each line is an event
   * by CloudEvents 1.0; a chunk is whole lines. The newest event there is when this is called is the last one in it, whatever is stored meanwhile. Lines
   * are made when they are read.
   *
   * @throws {AnnalsError} `InvalidArgument`; on the stream: `StorageCorrupt`, `StorageFailed`, `Aborted`
   */
  export(options?: ExportOptions): ReadableStream<Uint8Array>;
  /**
   * Stores the events of an export. In a store that is empty, or has nothing but the beginning of the file, every event gets its old position, revision
   * and time. In any other they are appended, each unless an event of its id is there, and where they come from is kept in `metadata.imported`. The same
   * file imported again goes on where an import was broken off.
   *
   * @throws {AnnalsError} `InvalidArgument`, `ImportFailed` (what came before the line is stored), `QuotaExceeded`, `StorageCorrupt`, `StorageFailed`,
   * `Aborted` (what was imported stays), and what the source fails with
   */
  import(source: ImportSource, options?: ImportOptions): Promise<ImportReport>;
  /** Finishes what was called before; readers and subscriptions end with `Closed`. Closing again does nothing. */
  close(): Promise<void>;
  /** As {@link Store.close}, for `await using`, where the platform has it. */
  [Symbol.asyncDispose](): Promise<void>;
}
