import type { AppendCondition } from './append.ts';
import type { Event, ExpectedRevision, Metadata, RecordedEvent } from './event.ts';

/** What goes with a command. */
export interface DispatchOptions {
  /** Looked at before anything is decided; then nothing is decided twice. */
  readonly expectedRevision?: ExpectedRevision | undefined;
  /** Refuses what is decided if events match: how an e-mail belongs to one user only, say. */
  readonly condition?: AppendCondition | undefined;
  /**
   * 1 to 200 bytes of UTF-8, for this command alone in the whole store. Sent again under its id, a command that has made something happen is
   * not carried out again, also over a reload: its result is that of the first time. One that was refused or made nothing happen is not
   * remembered, and decided again.
   */
  readonly commandId?: string | undefined;
  /** For all events that the command makes. `causationId` and `correlationId` are filled in when they are absent. */
  readonly metadata?: Metadata | undefined;
  /** How often the command is decided again when another tab was first. Default 5. */
  readonly retries?: number | undefined;
  /** Looked at when the command is dispatched; later it is not taken back. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of a command. */
export interface DispatchResult<S, E extends Event = Event> {
  /** The state after it; of a duplicate, as of then. It is the store's own: do not change it. */
  readonly state: S;
  /** What it made happen, as stored. */
  readonly events: readonly RecordedEvent<E>[];
  /** How many events the aggregate has with these. */
  readonly revision: number;
  /** The position of the last of them; without one, that of the newest event known. */
  readonly position: number;
  /** Whether it had been carried out before, by its `commandId`: then all of this is as it was then. */
  readonly duplicate: boolean;
  /** How often it was decided; 0 for a duplicate. */
  readonly attempts: number;
}

/** A moment, inclusive. What lies beyond the end is the present; 0 is before the first event. Times are ms since the epoch. */
export type AsOf =
  | { readonly revision: number; readonly position?: never; readonly time?: never }
  | { readonly position: number; readonly revision?: never; readonly time?: never }
  | { readonly time: number; readonly revision?: never; readonly position?: never };

/** Which state to load. */
export interface LoadOptions {
  /** The present unless said. */
  readonly asOf?: AsOf | undefined;
}

/** A state that was loaded. */
export interface LoadResult<S> {
  /** It is the store's own: do not change it. */
  readonly state: S;
  /** How many events it is made of. */
  readonly revision: number;
  /** The position up to which it covers the store: the `after` of a condition that says "nothing new since". */
  readonly head: number;
}
