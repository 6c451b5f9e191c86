import type { ExpectedRevision, NewEvent } from './event.ts';

/**
 * One alternative of a {@link Query}. The four lists are AND; inside `tags` all are asked for, inside the others any. An
 * empty or absent list asks for nothing, so an empty item matches every event.
 */
export interface QueryItem {
  /** Any of these types. */
  readonly types?: readonly string[];
  /** All of these tags. */
  readonly tags?: readonly string[];
  /** Any of these streams. */
  readonly streams?: readonly string[];
  /** A stream's category is what precedes the first `-` of its name; without one, the name. */
  readonly categories?: readonly string[];
}

/** Which events are meant: those that match any of the items. At least one item. */
export interface Query {
  readonly items: readonly QueryItem[];
}

/** Refuses an append if any event after `after` (default 0) matches: a dynamic consistency boundary. */
export interface AppendCondition {
  /** What must not be there. */
  readonly failIfEventsMatch: Query;
  /** A position; a reader's `head`, so that what was read is what is decided on. */
  readonly after?: number;
}

/** How to store events that may span streams. */
export interface WriteOptions {
  /** Judged in the moment of storing. */
  readonly condition?: AppendCondition;
  /** Counts until the commit begins. */
  readonly signal?: AbortSignal | undefined;
}

/** How to store events in one stream. */
export interface AppendOptions extends WriteOptions {
  /** What the writer believes of the stream; `'any'` for no check. */
  readonly expectedRevision: ExpectedRevision;
}

/** Events for one stream. Without events it is a check only. */
export interface StreamWrite {
  readonly streamId: string;
  readonly events: readonly NewEvent[];
  readonly expectedRevision: ExpectedRevision;
}

/** Where an append stands in the log. */
export interface AppendResult {
  /** The position of its last event. */
  readonly position: number;
  /** The revision of each of its streams after it, by stream id. Has no prototype. */
  readonly revisions: Readonly<Record<string, number>>;
  /** Whether it had been stored before this call. */
  readonly duplicate: boolean;
}
