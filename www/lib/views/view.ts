import type { AnnalsErrorOf } from '../errors.ts';
import type { Explanation, FindQuery, Where } from './find.ts';

/** Whether a view has not yet taken in what was stored at open, is kept up with the log, or has stopped over an event. */
export type ViewStatus = 'catchingUp' | 'ready' | 'stopped';

/** An event that a projection has failed over. */
export interface DeadLetter {
  readonly position: number;
  readonly streamId: string;
  readonly type: string;
  /** What was thrown. */
  readonly message: string;
}

/** Rows that can be asked. All of it answers at once, and never waits. */
export interface ReadonlyView<Row = unknown> {
  readonly name: string;
  readonly version: number;
  /** The last event that it has taken in, or left out as none of its own. */
  readonly position: number;
  /** When the newest event of its own was stored, in ms since the epoch; 0 without one. */
  readonly updatedAt: number;

  /** The row under a key: the very same object until it changes. Do not change it. */
  get(key: string): Row | undefined;
  /** Keys and rows, in code-point order of the keys. */
  entries(): Iterable<readonly [key: string, row: Row]>;
  /**
   * The rows that are meant, in order.
   *
   * @throws {AnnalsError} `InvalidArgument`
   */
  find(query?: FindQuery<Row>): readonly Row[];
  /**
   * How many rows are meant.
   *
   * @throws {AnnalsError} `InvalidArgument`
   */
  count(query?: { readonly where?: Where<Row> }): number;
  /**
   * Finds, and says how: whether an index is gone along, and how many rows are looked at.
   *
   * @throws {AnnalsError} `InvalidArgument`
   */
  explain(query?: FindQuery<Row>): Explanation;
}

/** How long work on a view is watched, and ended. */
export interface ViewWorkOptions {
  /** Is told how far it is, in events. */
  readonly onProgress?: ((progress: { readonly phase: 'rebuild'; readonly name: string; readonly done: number; readonly total: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How to listen to a view. */
export interface ViewSubscribeOptions {
  /** The row that is listened to; the whole view, unless given. */
  readonly key?: string | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** A view: rows that are kept up with the log. An append is answered once they have taken it in. */
export interface View<Row = unknown> extends ReadonlyView<Row> {
  readonly status: ViewStatus;
  /** Why it has stopped: `ProjectionStopped`, whose `cause` is what the projection threw. */
  readonly error: AnnalsErrorOf<'ProjectionStopped'> | undefined;
  /** The events that were skipped (`onError: 'skip'`): the first thousand. */
  readonly deadLetters: readonly DeadLetter[];
  /** Settles when it is up with what was stored when the store was opened; rejects with `ProjectionStopped` when it stops before. */
  readonly ready: Promise<void>;

  /**
   * A question that is kept, and told when its answer is another.
   *
   * @throws {AnnalsError} `InvalidArgument`
   */
  live(query?: FindQuery<Row>): LiveQuery<Row>;
  /**
   * Calls a listener now, and then once for each batch of commits that has changed it: with the view, or with the row under a key.
   *
   * @throws {AnnalsError} `InvalidArgument`
   */
  subscribe(
    listener: (view: View<Row>) => void,
    options?: { readonly key?: undefined; readonly signal?: AbortSignal | undefined } | Invalidate,
  ): () => void;
  subscribe(listener: (row: Row | undefined) => void, options: { readonly key: string; readonly signal?: AbortSignal | undefined }): () => void;
  /**
   * Waits until it has taken in the event at a position.
   *
   * @throws {AnnalsError} `ProjectionStopped`, `Aborted`, `Closed`
   */
  whenAt(position: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Folds it anew from the first event, beside what it shows, and then shows that. It heals a view that has stopped, once what was wrong outside the
   * code is right. When it fails, what was shown stays.
   *
   * @throws {AnnalsError} `ProjectionStopped`, `StorageCorrupt`, `StorageFailed`, `Aborted`, `Closed`
   */
  rebuild(options?: ViewWorkOptions): Promise<void>;
  /**
   * The view as it was: after the event at a position, or after the last that was stored up to a time (ms since the epoch). Beyond the end is the
   * present, 0 is before the first event.
   *
   * @throws {AnnalsError} `InvalidArgument`, `ProjectionStopped`, `StorageCorrupt`, `StorageFailed`, `Aborted`, `Closed`
   */
  asOf(moment: Moment, options?: ViewWorkOptions): Promise<ReadonlyView<Row>>;
}

/** A moment of the log. */
export type Moment = { readonly position: number; readonly time?: never } | { readonly time: number; readonly position?: never };

/** What RxJS and others take for an observer. */
export interface Observer<T> {
  readonly next?: (value: T) => void;
  readonly error?: (error: unknown) => void;
  readonly complete?: () => void;
}

/**
 * A question that is kept. `subscribe` and `get` fit React's `useSyncExternalStore`, Svelte's stores and RxJS's `from`; iterating it gives the newest
 * answer whenever there is another.
 */
export interface LiveQuery<Row = unknown> extends AsyncIterable<readonly Row[]> {
  /** The rows that are meant now, in order: the very same array until the answer changes. */
  get(): readonly Row[];
  /** Calls a listener now, and whenever the answer is another: once for each batch of commits. */
  subscribe(
    listener: ((rows: readonly Row[]) => void) | Observer<readonly Row[]>,
    options?: { readonly signal?: AbortSignal | undefined } | Invalidate,
  ): Unsubscribe;
  /** Itself, for libraries that ask for an observable so. */
  '@@observable'(): LiveQuery<Row>;
  /** Ends it: observers are told that it is complete, iterations end, and `get` stays as it was. */
  close(): void;
}

/** What Svelte gives where others give options, when it derives one store from another. It is not called: values here are always whole. */
export type Invalidate = () => void;

/** Ends a subscription; called, or by its method, as RxJS does. */
export interface Unsubscribe {
  (): void;
  unsubscribe(): void;
}
