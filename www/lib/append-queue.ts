import type { AppendCondition, AppendOptions, AppendResult, Query, StreamWrite, WriteOptions } from './append.ts';
import { checkInteger, checkKeys, checkObject, checkSignal, checkText, copyQuery, copyTexts, describe, notJson } from './arguments.ts';
import type { Session } from './engine/session.ts';
import { aborted, AnnalsError, engineFailed, errorOfReport, invalidArgument, isAnnalsError } from './errors.ts';
import type { ExpectedRevision, NewEvent } from './event.ts';
import { isUuid, newEventId } from './event-id.ts';
import { faultOf, isWellFormed, pathText } from './json.ts';
import type { Upcasters } from './upcasting/upcasters.ts';

/** How `src/wasm/requests/batch.rs` reads an expectation that is not a number. */
const EXPECTED = { any: -1, noStream: -2, exists: -3 } as const;

/** How `src/wasm/requests/batch.rs` tells `append` from `appendMany`, whose writes are named in what is said of them. */
const ONE = 0;
const MANY = 1;

/** How it tells that all ids of a call were made for that very call, so that none of them can be stored already. */
const FRESH = 2;

/** How `src/wasm/answers.rs` marks what became of an append. */
const DUPLICATE = 1;
const FAILED = 2;

/** Where an answer's revisions begin; their number stands before them. */
const REVISIONS = 4;

/** The most characters that are gathered before they cross: texts have a greatest length, and so has the engine's memory. */
const MAX_BATCH_LENGTH = 16 * 1024 * 1024;

const MAX_VERSION = 4_294_967_294;

const EVENT_KEYS: ReadonlySet<string> = new Set(['type', 'data', 'version', 'id', 'tags', 'metadata']);
const CONDITION_KEYS: ReadonlySet<string> = new Set(['failIfEventsMatch', 'after']);

/** An append that waits for its answer. */
interface Waiting {
  /** Of its writes, in order. */
  readonly streamIds: string | readonly string[];
  /** One, or of all its events in order. */
  readonly eventIds: string | readonly string[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: AnnalsError) => void;
}

/**
 * Appends on their way to the engine. All calls of one turn of the event loop cross in one text, and all answers of one commit
 * come back in one call: crossings are dear, and there may be a thousand appends at once.
 */
export class AppendQueue {
  readonly #session: Session;
  readonly #upcasters: Upcasters;
  readonly #waiting: Map<number, Waiting> = new Map();
  #batch: string[] = [];
  #batchLength = 0;
  #ticket = 0;

  constructor(session: Session, upcasters: Upcasters) {
    this.#session = session;
    this.#upcasters = upcasters;
  }

  /** Whether none has been gathered since they last crossed. */
  get isEmpty(): boolean {
    return this.#batch.length === 0;
  }

  /** Takes in an append to one stream. What is wrong with it by itself is thrown at once. */
  push(streamId: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    const given = givenIds;
    const write = writeRequest(-1, streamId, events, options.expectedRevision, this.#upcasters);
    const [, , requests] = write;
    const eventIds = requests.length === 1 ? (requests[0] as EventRequest)[2] : requests.map(([, , id]) => id);
    return this.#push(given === givenIds ? ONE | FRESH : ONE, [write], streamId, eventIds, options);
  }

  /** Takes in an append to many streams. */
  pushMany(writes: readonly StreamWrite[], options: WriteOptions): Promise<AppendResult> {
    const given = givenIds;
    const requests = writes.map(({ streamId, events, expectedRevision }, n) => writeRequest(n, streamId, events, expectedRevision, this.#upcasters));
    const eventIds = requests.flatMap(([, , events]) => events.map(([, , id]) => id));
    return this.#push(given === givenIds ? MANY | FRESH : MANY, requests, writes.map(({ streamId }) => streamId), eventIds, options);
  }

  #push(form: number, writes: readonly WriteRequest[], streamIds: Waiting['streamIds'], eventIds: Waiting['eventIds'], options: WriteOptions): Promise<AppendResult> {
    const { condition, signal } = options;
    const conditionRequest = condition === undefined ? null : requestOfCondition(condition, this.#upcasters);
    if (signal !== undefined) checkSignal('options.signal', signal);
    if (signal?.aborted) throw aborted(signal);
    const ticket = ++this.#ticket;
    // Written now, for the caller's objects are the caller's again when this returns.
    const request = stringify([ticket, form, signal !== undefined, writes, conditionRequest]);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { streamIds, eventIds, resolve, reject };
      this.#waiting.set(ticket, signal === undefined ? waiting : this.#cancellable(ticket, waiting, signal));
      this.#gather(request);
    });
  }

  #gather(request: string): void {
    if (this.#batch.length === 0) queueMicrotask(() => this.flush());
    this.#batch.push(request);
    this.#batchLength += request.length;
    if (this.#batchLength > MAX_BATCH_LENGTH) this.flush();
  }

  /** Takes in the answers of one commit. */
  settle(numbers: Float64Array, errors: readonly unknown[]): void {
    let nextError = 0;
    for (let at = 0; at < numbers.length; ) {
      const waiting = this.#take(numbers[at] as number);
      if (numbers[at + 1] === FAILED) {
        waiting?.reject(errorOfReport(errors[nextError++]));
        at += 2;
        continue;
      }
      if (waiting !== undefined) waiting.resolve(resultOf(numbers, at, waiting.streamIds));
      at += REVISIONS + (numbers[at + REVISIONS - 1] as number);
    }
  }

  /** The engine has failed: whether these were stored cannot be learnt from it. */
  fail(error: AnnalsError): void {
    this.#batch = [];
    this.#batchLength = 0;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, eventIds: ids } of all) {
      const eventIds = typeof ids === 'string' ? [ids] : ids;
      reject(new AnnalsError(error.code, error.message, {}, { retryable: true, outcome: 'unknown', eventIds, cause: error.cause }));
    }
  }

  /** Hands what was gathered to the engine now. */
  flush(): void {
    if (this.#batch.length === 0) return;
    // Bytes cross faster than text, which the glue would hand over character by character.
    const batch = utf8.encode(`[${this.#batch.join()}]`);
    this.#batch = [];
    this.#batchLength = 0;
    try {
      this.#session.now((engine) => engine.submit(batch));
    } catch (error) {
      // The session has told everybody who waited when it failed; others may have come since.
      this.fail(isAnnalsError(error) ? error : engineFailed(error));
    }
  }

  #take(ticket: number): Waiting | undefined {
    const waiting = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    return waiting;
  }

  #cancellable(ticket: number, waiting: Waiting, signal: AbortSignal): Waiting {
    const onAbort = (): void => {
      this.flush();
      try {
        this.#session.now((engine) => engine.cancel(ticket));
      } catch {
        // As in flush.
      }
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const forget = (): void => signal.removeEventListener('abort', onAbort);
    return {
      ...waiting,
      resolve: (result) => (forget(), waiting.resolve(result)),
      reject: (error) => (forget(), waiting.reject(error.code === 'Aborted' ? aborted(signal) : error)),
    };
  }
}

function resultOf(numbers: Float64Array, at: number, streamIds: Waiting['streamIds']): AppendResult {
  const position = numbers[at + 2] as number;
  const duplicate = numbers[at + 1] === DUPLICATE;
  // Without a prototype, a stream is data whatever it is called, `__proto__` too.
  const revisions = Object.create(null) as Record<string, number>;
  if (typeof streamIds === 'string') revisions[streamIds] = numbers[at + REVISIONS] as number;
  else streamIds.forEach((streamId, n) => (revisions[streamId] = numbers[at + REVISIONS + n] as number));
  return { position, revisions, duplicate };
}

/** Where something is in a call: `events[2].type`, `writes[1].streamId`. Made only when something is wrong. */
function place(write: number, rest: string): string {
  return write < 0 ? rest : `writes[${write}].${rest}`;
}

const utf8 = new TextEncoder();

/** How `src/wasm/requests/batch.rs` reads an event, the events of a stream, and a condition. */
export type EventRequest = readonly [type: string, version: number, id: string, tags: unknown, metadata: unknown, data: unknown];
type WriteRequest = readonly [streamId: string, expectedRevision: number, events: readonly EventRequest[]];
type ConditionRequest = readonly [failIfEventsMatch: Query, after: number];

function writeRequest(write: number, streamId: string, events: readonly NewEvent[], expected: ExpectedRevision, upcasters: Upcasters): WriteRequest {
  if (typeof streamId !== 'string' || !isWellFormed(streamId)) checkText(place(write, 'streamId'), streamId);
  if (!Array.isArray(events)) throw invalidArgument(place(write, 'events'), 'an array of events', describe(events));
  const expectedRequest = requestOfExpected(write, expected);
  if (events.length === 1) return [streamId, expectedRequest, [eventRequest(write, 0, events[0], upcasters)]];
  return [streamId, expectedRequest, Array.from(events, (event: unknown, n) => eventRequest(write, n, event, upcasters))];
}

export function requestOfExpected(write: number, expected: ExpectedRevision | undefined): number {
  if (typeof expected === 'number' && Number.isSafeInteger(expected) && expected >= 0) return expected;
  if (typeof expected === 'string' && Object.hasOwn(EXPECTED, expected)) return EXPECTED[expected];
  throw invalidArgument(place(write, 'expectedRevision'), `'any', 'noStream', 'exists' or an integer of at least 0`, describe(expected));
}

/** An event without a version is of the newest that its type's chain knows. */
export function eventRequest(write: number, index: number, event: unknown, upcasters: Upcasters): EventRequest {
  if (typeof event !== 'object' || event === null) throw invalidArgument(place(write, `events[${index}]`), 'an event', describe(event));
  for (const key in event) {
    if (!EVENT_KEYS.has(key)) checkKeys(place(write, `events[${index}]`), event, EVENT_KEYS);
  }
  const { type, data, version, id, tags, metadata } = event as Readonly<Record<string, unknown>>;
  const at = (key: string): string => place(write, `events[${index}].${key}`);
  if (typeof type !== 'string' || type === '') throw invalidArgument(at('type'), 'a text that is not empty', describe(type));
  if (!isWellFormed(type)) checkText(at('type'), type);
  if (version !== undefined) checkInteger(at('version'), version, 1, MAX_VERSION);
  const tagTexts = tags === undefined ? undefined : copyTexts(at('tags'), tags);
  if (metadata !== undefined) checkObject(at('metadata'), metadata);
  if (metadata !== undefined) checkJson('metadata', metadata, index);
  if (data !== undefined) checkJson('data', data, index);
  return [type, (version as number | undefined) ?? upcasters.newest(type), id === undefined ? newEventId() : checkId(at('id'), id), tagTexts, metadata, data];
}

/** What was checked may have a getter that answers otherwise the second time. */
export function stringify(request: unknown): string {
  try {
    return JSON.stringify(request);
  } catch (error) {
    throw notJson('data', 0, 'JSON', error instanceof Error ? error.message : String(error));
  }
}

/** How many ids callers have given. A call during which it stays the same has given none. */
let givenIds = 0;

function checkId(argument: string, id: unknown): string {
  givenIds++;
  if (typeof id !== 'string' || !isUuid(id)) throw invalidArgument(argument, 'a UUID', describe(id));
  return id.toLowerCase();
}

export function checkJson(root: string, value: unknown, event: number): void {
  const fault = faultOf(value);
  if (fault !== undefined) throw notJson(pathText(root, fault.path), event, fault.expected, fault.found);
}

/** A condition names types as the code knows them, and means events under all names that lead there. */
export function requestOfCondition(condition: AppendCondition, upcasters: Upcasters): ConditionRequest {
  checkObject('options.condition', condition);
  checkKeys('options.condition', condition, CONDITION_KEYS);
  const { failIfEventsMatch, after } = condition;
  checkInteger('options.condition.after', after, 0);
  return [upcasters.storedQuery(copyQuery('options.condition.failIfEventsMatch', failIfEventsMatch)), after ?? 0];
}
