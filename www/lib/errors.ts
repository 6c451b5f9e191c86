import type { ExpectedRevision } from './event.ts';

/** A stream that is not at the revision that a writer believes in. */
export interface Conflict {
  readonly streamId: string;
  readonly expected: ExpectedRevision;
  /** How many events the stream has. */
  readonly actual: number;
}

/**
 * What is wrong with a file: a line is not as it was written; it is no export, or one of a newer format, or of events as they are read now; it ends too
 * soon; lines are missing or stand in another order; two events have one id; an event is larger than an append may be, with what is kept of its origin.
 */
export type ImportFlaw = 'damaged' | 'foreign' | 'newerFormat' | 'current' | 'truncated' | 'outOfOrder' | 'duplicate' | 'tooLarge';

/** What each kind of error tells beside its sentence. */
export interface ErrorFields {
  /** A stream is not at the revision that was expected. Every failing write is named. */
  RevisionConflict: { readonly conflicts: readonly Conflict[] };
  /** Events match what must not be there: their positions, at most the first hundred. */
  AppendConditionFailed: { readonly positions: readonly number[] };
  /** Some of the events are stored already, but not as the append has them. */
  DuplicateEvent: { readonly eventId: string; readonly position: number };
  /** An argument breaks a rule. */
  InvalidArgument: { readonly argument: string; readonly expected: string; readonly found: string };
  /** Data or metadata would not come back equal. `path` names the place, `event` the event (from 0). */
  Serialization: { readonly path: string; readonly event: number; readonly expected: string; readonly found: string };
  /** No handler for a command or a query. */
  HandlerNotFound: { readonly known: readonly string[] };
  /** A function of an aggregate, other than `decide`, threw over its history. `cause` is what it threw. */
  HandlerFailed: { readonly aggregate: string };
  /**
   * An event that was stored in an older form could not be read in the one that the code knows: an upcaster threw (`cause` is what), made no event, or comes
   * to no end; or newer code has stored it. `revision` is its place in its stream; of an event that is not stored yet there are no others.
   */
  UpcastFailed: {
    readonly reason: 'threw' | 'notAnEvent' | 'endless' | 'newer';
    /** As it is stored. */
    readonly type: string;
    /** As it is stored. */
    readonly version: number;
    readonly revision: number;
    readonly streamId?: string;
    /** Absent for an event that was decided and is not stored yet. */
    readonly eventId?: string;
    /** As `eventId`. */
    readonly position?: number;
  };
  /** A view has stopped at an event. `cause` is what its projection threw. */
  ProjectionStopped: { readonly projection: string; readonly position: number };
  /**
   * An export that cannot be imported from a line on, counted from 1. What came before is stored: `stored` are the events that had not been there.
   */
  ImportFailed: { readonly line: number; readonly reason: ImportFlaw; readonly stored: number };
  /** There is no such storage here. */
  StorageUnavailable: object;
  /** Another tab keeps the storage. */
  StorageBlocked: object;
  /** What is stored is damaged, somebody else's, or of a newer format. Nothing was touched. */
  StorageCorrupt: { readonly reason: 'damaged' | 'foreign' | 'newerFormat'; readonly position?: number };
  /** The device or the browser gives no more room. */
  QuotaExceeded: object;
  /** The storage failed. */
  StorageFailed: object;
  /** A signal ended the call. `cause` is the signal's reason. */
  Aborted: object;
  /** The store is closed. */
  Closed: { readonly reason: 'closed' | 'deleted' | 'needsReload' };
  /** The engine has failed, and every later call on its store says so. `openStore` works again. */
  EngineFailed: object;
}

/** The stable name of a kind of error. */
export type AnnalsErrorCode = keyof ErrorFields;

/** An error of a kind, with its fields. */
export type AnnalsErrorOf<C extends AnnalsErrorCode> = C extends AnnalsErrorCode
  ? AnnalsError & { readonly code: C } & ErrorFields[C]
  : never;

/** What every error tells. */
interface Common {
  readonly retryable?: boolean;
  readonly outcome?: 'none' | 'unknown';
  readonly eventIds?: readonly string[];
  readonly cause?: unknown;
}

/** Every error carries this: one that another copy of the package has thrown is known by it, which is no instance of this copy's class. */
const BRAND = Symbol.for('annals.error');

/** Every error of this package. {@link isAnnalsError} tells the kinds apart. */
export class AnnalsError extends Error {
  override readonly name: string = 'AnnalsError';
  readonly code: AnnalsErrorCode;
  /** Whether calling again can help: after a conflict, having taken in what is new; after a failing storage, as it is. */
  readonly retryable: boolean;
  /**
   * `'none'`: nothing was stored. `'unknown'`: it cannot be learnt whether it was; calling again with the events' ids, which are
   * in `eventIds`, is safe.
   */
  readonly outcome: 'none' | 'unknown';
  /** The ids of the events that may have been stored, when `outcome` is `'unknown'`. */
  readonly eventIds?: readonly string[];

  constructor(code: AnnalsErrorCode, message: string, fields: object, common: Common = {}) {
    super(message, common.cause === undefined ? undefined : { cause: common.cause });
    Object.assign(this, fields);
    Object.defineProperty(this, BRAND, { value: true });
    this.code = code;
    this.retryable = common.retryable ?? false;
    this.outcome = common.outcome ?? 'none';
    if (common.eventIds !== undefined) this.eventIds = common.eventIds;
  }
}

/**
 * Whether something is an error of this package, of a kind when one is given. One of another copy of the package, which the page may have loaded too, is
 * one as well; `instanceof` knows those of its own copy alone.
 */
export function isAnnalsError<C extends AnnalsErrorCode = AnnalsErrorCode>(error: unknown, code?: C): error is AnnalsErrorOf<C> {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as { readonly code?: unknown }).code === code;
}

/** An error of a kind. */
export function annalsError<C extends AnnalsErrorCode>(code: C, message: string, fields: ErrorFields[C], common?: Common): AnnalsError {
  return new AnnalsError(code, message, fields, common);
}

/** An argument that breaks a rule. */
export function invalidArgument(argument: string, expected: string, found: string): AnnalsError {
  return annalsError('InvalidArgument', `${argument}: expected ${expected}, found ${found}`, { argument, expected, found });
}

/** What a signal says when it ends a call. */
export function aborted(signal: AbortSignal): AnnalsError {
  return annalsError('Aborted', 'the call was cancelled', {}, { cause: signal.reason });
}

/** A call on a closed store. */
export function closed(reason: ErrorFields['Closed']['reason']): AnnalsError {
  const sentences = {
    closed: 'the store is closed',
    deleted: 'the store was deleted',
    needsReload: 'newer code has taken over the store: reload',
  };
  return annalsError('Closed', sentences[reason], { reason });
}

/** An error as the engine reports it. */
interface Report {
  readonly code: AnnalsErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly outcomeUnknown: boolean;
  readonly fields?: { readonly eventIds?: readonly string[]; readonly cause?: { readonly name: string; readonly message: string } };
}

/** The error that a report of the engine tells of. Anything else means that the engine has failed. */
export function errorOfReport(report: unknown): AnnalsError {
  if (isAnnalsError(report)) return report;
  if (!isReport(report)) return engineFailed(report);
  const { eventIds, cause, ...fields } = report.fields ?? {};
  return new AnnalsError(report.code, report.message, fields, {
    retryable: report.retryable,
    outcome: report.outcomeUnknown ? 'unknown' : 'none',
    ...(eventIds && { eventIds }),
    ...(cause && { cause: platformError(cause) }),
  });
}

/** The engine has failed. */
export function engineFailed(cause: unknown): AnnalsError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return annalsError('EngineFailed', `the engine has failed; open the store again: ${message}`, {}, { cause });
}

function isReport(report: unknown): report is Report {
  return typeof report === 'object' && report !== null && 'code' in report && 'message' in report;
}

function platformError({ name, message }: { readonly name: string; readonly message: string }): Error {
  const error = new Error(message);
  if (name !== '') error.name = name;
  return error;
}
