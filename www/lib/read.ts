import type { Query } from './append.ts';
import type { Event, RecordedEvent } from './event.ts';

/** `'forward'`: oldest first. */
export type Direction = 'forward' | 'backward';

/** Which events of one stream to read; `from` and `to` are revisions, both inclusive. */
export interface ReadStreamOptions {
  /** A revision, from 1. */
  readonly from?: number;
  /** A revision. */
  readonly to?: number;
  /** Default `'forward'`. */
  readonly direction?: Direction;
  /** At most so many. */
  readonly limit?: number;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

/** Which events of the store to read; `after` is exclusive, all other bounds are inclusive. */
export interface ReadAllOptions {
  /** A position. */
  readonly after?: number;
  /** A position. */
  readonly until?: number;
  /** When they were stored, in ms since the epoch. */
  readonly time?: { readonly from?: number; readonly until?: number };
  /** Only events that it matches. */
  readonly query?: Query;
  /** Default `'forward'`. */
  readonly direction?: Direction;
  /** At most so many. */
  readonly limit?: number;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

/** Which names of streams to list. */
export interface StreamsOptions {
  /** How the name begins. */
  readonly prefix?: string;
  /** A name; only those after it. */
  readonly after?: string;
  /** At most so many. */
  readonly limit?: number;
}

/**
 * A reading of events, fixed in extent when it starts, whatever is stored meanwhile. It is brought in pages; reading it again
 * gives the same events.
 */
export interface EventReader<E extends Event = Event> extends AsyncIterable<RecordedEvent<E>> {
  /**
   * The position up to which the reading covers the store: the `after` of a condition that says "nothing new since".
   * Fixed when the reading starts, or when this is first asked for.
   */
  readonly head: number;
  /**
   * All its events.
   *
   * @throws {AnnalsError} `InvalidArgument`, `Closed`, `Aborted`, `StorageCorrupt`, `StorageFailed`, `UpcastFailed`, `EngineFailed`
   */
  toArray(): Promise<RecordedEvent<E>[]>;
}
