import type { AppendCondition, AppendResult, StreamWrite, WriteOptions } from './append.ts';
import { checkInteger, checkKeys, checkObject, checkSignal, checkText, checkTexts, copyQuery, describe, notJson } from './arguments.ts';
import type { Session } from './engine/session.ts';
import { aborted, AnnalsError, errorOfReport, invalidArgument } from './errors.ts';
import type { ExpectedRevision } from './event.ts';
import { isUuid, newEventId } from './event-id.ts';
import { faultOf, pathText } from './json.ts';

/** How `src/wasm/batch.rs` reads an expectation that is not a number. */
const EXPECTED = { any: -1, noStream: -2, exists: -3 } as const;

/** How `src/wasm/answers.rs` marks what became of an append. */
const DUPLICATE = 1;
const FAILED = 2;

const MAX_VERSION = 4_294_967_294;

const EVENT_KEYS: ReadonlySet<string> = new Set(['type', 'data', 'version', 'id', 'tags', 'metadata']);
const CONDITION_KEYS: ReadonlySet<string> = new Set(['failIfEventsMatch', 'after']);

/** An append that waits for its answer. */
interface Waiting {
  readonly streamIds: readonly string[];
  readonly eventIds: readonly string[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: AnnalsError) => void;
}

/**
 * Appends on their way to the engine. All calls of one turn of the event loop cross in one text, and all answers of one commit
 * come back in one call: crossings are dear, and there may be a thousand appends at once.
 */
export class AppendQueue {
  readonly #session: Session;
  readonly #waiting: Map<number, Waiting> = new Map();
  #batch: string[] = [];
  #ticket = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Takes in an append. What is wrong with it by itself is thrown at once. */
  push(writes: readonly StreamWrite[], options: WriteOptions | undefined): Promise<AppendResult> {
    const signal = options?.signal;
    checkSignal('options.signal', signal);
    const eventIds: string[] = [];
    const streamIds: string[] = [];
    const writesText = this.#encode(writes, streamIds, eventIds);
    const conditionText = encodeCondition(options?.condition);
    if (signal?.aborted) throw aborted(signal);
    const ticket = ++this.#ticket;
    if (this.#batch.length === 0) queueMicrotask(() => this.#flush());
    this.#batch.push(`[${ticket},${signal !== undefined},${writesText},${conditionText}]`);
    return new Promise((resolve, reject) => {
      const waiting = { streamIds, eventIds, resolve, reject };
      this.#waiting.set(ticket, signal === undefined ? waiting : this.#cancellable(ticket, waiting, signal));
    });
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
      const streamIds = waiting?.streamIds ?? [];
      waiting?.resolve(resultOf(numbers, at, streamIds));
      at += 3 + streamIds.length;
    }
  }

  /** The engine has failed: whether these were stored cannot be learnt from it. */
  fail(error: AnnalsError): void {
    this.#batch = [];
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, eventIds } of all) {
      reject(new AnnalsError(error.code, error.message, {}, { retryable: true, outcome: 'unknown', eventIds, cause: error.cause }));
    }
  }

  /** Hands what was gathered to the engine now. */
  flush(): void {
    if (this.#batch.length > 0) this.#flush();
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    const batch = `[${this.#batch.join(',')}]`;
    this.#batch = [];
    try {
      this.#session.now((engine) => engine.submit(batch));
    } catch {
      // The session has failed, and has told everybody who waits.
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
        // As in #flush.
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

  #encode(writes: readonly StreamWrite[], streamIds: string[], eventIds: string[]): string {
    let text = '[';
    for (let n = 0; n < writes.length; n++) {
      const { streamId, events, expectedRevision } = writes[n] as StreamWrite;
      const at = writes.length === 1 ? '' : `writes[${n}].`;
      checkText(`${at}streamId`, streamId);
      if (!Array.isArray(events)) throw invalidArgument(`${at}events`, 'an array of events', describe(events));
      streamIds.push(streamId);
      text += `${n === 0 ? '' : ','}[${JSON.stringify(streamId)},${encodeExpected(at, expectedRevision)},[`;
      for (let m = 0; m < events.length; m++) text += (m === 0 ? '' : ',') + encodeEvent(at, m, events[m], eventIds);
      text += ']]';
    }
    return `${text}]`;
  }
}

function resultOf(numbers: Float64Array, at: number, streamIds: readonly string[]): AppendResult {
  const position = numbers[at + 2] as number;
  const duplicate = numbers[at + 1] === DUPLICATE;
  if (streamIds.length === 1) {
    // A computed key beside __proto__: null is data, whatever it is called.
    return { position, revisions: { __proto__: null, [streamIds[0] as string]: numbers[at + 3] as number } as never, duplicate };
  }
  const revisions = Object.create(null) as Record<string, number>;
  for (let n = 0; n < streamIds.length; n++) revisions[streamIds[n] as string] = numbers[at + 3 + n] as number;
  return { position, revisions, duplicate };
}

function encodeExpected(at: string, expected: ExpectedRevision | undefined): number {
  if (typeof expected === 'string' && Object.hasOwn(EXPECTED, expected)) return EXPECTED[expected];
  if (typeof expected === 'number' && Number.isSafeInteger(expected) && expected >= 0) return expected;
  throw invalidArgument(`${at}expectedRevision`, `'any', 'noStream', 'exists' or an integer of at least 0`, describe(expected));
}

function encodeEvent(at: string, index: number, event: unknown, eventIds: string[]): string {
  if (typeof event !== 'object' || event === null) throw invalidArgument(`${at}events[${index}]`, 'an event', describe(event));
  for (const key in event) {
    if (!EVENT_KEYS.has(key)) checkKeys(`${at}events[${index}]`, event, EVENT_KEYS);
  }
  const { type, data, version, id, tags, metadata } = event as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || type === '') throw invalidArgument(`${at}events[${index}].type`, 'a text that is not empty', describe(type));
  checkText(`${at}events[${index}].type`, type);
  if (version !== undefined) checkInteger(`${at}events[${index}].version`, version, 1, MAX_VERSION);
  const eventId = id === undefined ? newEventId() : checkId(`${at}events[${index}].id`, id);
  eventIds.push(eventId);
  const tagsText = tags === undefined ? 'null' : encodeTags(`${at}events[${index}].tags`, tags);
  const metadataText = metadata === undefined ? 'null' : encodeMetadata(`${at}events[${index}].metadata`, metadata, index);
  return `[${JSON.stringify(type)},${(version as number | undefined) ?? 1},"${eventId}",${tagsText},${metadataText},${data === undefined ? 'null' : encodeJson('data', data, index)}]`;
}

function checkId(argument: string, id: unknown): string {
  if (typeof id !== 'string' || !isUuid(id)) throw invalidArgument(argument, 'a UUID', describe(id));
  return id.toLowerCase();
}

function encodeTags(argument: string, tags: unknown): string {
  checkTexts(argument, tags);
  return JSON.stringify(tags);
}

function encodeMetadata(argument: string, metadata: unknown, event: number): string {
  checkObject(argument, metadata);
  return encodeJson('metadata', metadata, event);
}

function encodeJson(root: string, value: unknown, event: number): string {
  const fault = faultOf(value);
  if (fault !== undefined) throw notJson(pathText(root, fault.path), event, fault.expected, fault.found);
  return JSON.stringify(value);
}

function encodeCondition(condition: AppendCondition | undefined): string {
  if (condition === undefined) return 'null';
  checkObject('options.condition', condition);
  checkKeys('options.condition', condition, CONDITION_KEYS);
  const { failIfEventsMatch, after } = condition;
  checkInteger('options.condition.after', after, 0);
  return JSON.stringify([copyQuery('options.condition.failIfEventsMatch', failIfEventsMatch), after ?? 0]);
}
