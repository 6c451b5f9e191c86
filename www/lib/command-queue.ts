import type { AggregateHost } from './aggregate-host.ts';
import type { Asked } from './asked.ts';
import type { DispatchResult } from './dispatch.ts';
import type { Session } from './engine/session.ts';
import { AnnalsError, annalsError, engineFailed, errorOfReport, isAnnalsError } from './errors.ts';
import type { RecordedEvent } from './event.ts';
import { eventsOf, type Page } from './event-page.ts';
import { messageOf } from './thrown.ts';
import { placed } from './upcasting/placing.ts';
import { located, Reading } from './upcasting/reading.ts';
import type { Upcasters } from './upcasting/upcasters.ts';

/** As in `src/engine/commands.rs`. */
const DEFAULT_RETRIES = 5;

/** How `src/wasm/outcomes.rs` marks what became of a command. */
const DONE = 0;
const REJECTED = 1;
const BROKEN = 2;

/** Numbers of a command that was carried out, and of one that was not. */
const NUMBERS = 7;
const FEW_NUMBERS = 2;

/** What goes with a command, as `src/wasm/requests/dispatching.rs` reads it. */
export interface CommandRequest {
  readonly expectedRevision: number | undefined;
  readonly condition: object | undefined;
  readonly commandId: string | undefined;
  readonly metadata: string;
  readonly retries: number | undefined;
}

/** A command that waits for its answer. */
interface Waiting {
  readonly host: AggregateHost;
  readonly id: string;
  readonly request: CommandRequest | undefined;
  readonly resolve: (result: DispatchResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** Commands on their way to the engine: all of one turn of the event loop cross at once, and so do all answers that are there together. */
export class CommandQueue {
  readonly #session: Session;
  readonly #reading: Reading;
  readonly #waiting: Map<number, Waiting> = new Map();
  #batch: (readonly [ticket: number, aggregate: number, id: string, cause: string])[] = [];
  #asked: Asked[] = [];
  #requests: (CommandRequest | undefined)[] = [];
  #ticket = 0;

  constructor(session: Session, upcasters: Upcasters) {
    this.#session = session;
    this.#reading = new Reading(upcasters);
  }

  /** Takes in a command for an aggregate of a kind that the engine knows by number. */
  push(host: AggregateHost, aggregate: number, id: string, asked: Asked, request: CommandRequest | undefined): Promise<DispatchResult<unknown>> {
    return new Promise((resolve, reject) => {
      const ticket = ++this.#ticket;
      this.#waiting.set(ticket, { host, id, request, resolve, reject });
      if (this.#batch.length === 0) queueMicrotask(() => this.flush());
      this.#batch.push([ticket, aggregate, id, asked.cause]);
      this.#asked.push(asked);
      this.#requests.push(request);
    });
  }

  /** Hands what was gathered to the engine now. */
  flush(): void {
    if (this.#batch.length === 0) return;
    const [batch, asked, requests] = [this.#batch, this.#asked, this.#requests];
    this.#batch = [];
    this.#asked = [];
    this.#requests = [];
    try {
      const text = utf8.encode(JSON.stringify(batch));
      this.#session.now((engine) => engine.command(text, asked, requests));
    } catch (error) {
      // The session has told everybody who waited when it failed; others may have come since.
      this.fail(isAnnalsError(error) ? error : engineFailed(error));
    }
  }

  /** Takes in what became of commands. Whatever is wrong with one of them, the others are answered. */
  settle(numbers: Float64Array, values: readonly unknown[], page: Page | undefined): void {
    const events = eventsIn(page);
    let [next, nextEvent] = [0, 0];
    for (let at = 0; at < numbers.length; ) {
      const waiting = this.#take(numbers[at] as number);
      const value = values[next++];
      if (numbers[at + 1] !== DONE) {
        if (waiting !== undefined) this.#reject(waiting, failureOf(waiting, numbers[at + 1] as number, value));
        at += FEW_NUMBERS;
        continue;
      }
      const end = nextEvent + (numbers[at + 6] as number);
      if (end > nextEvent && !Array.isArray(events)) waiting?.reject(events);
      else if (waiting !== undefined) this.#resolve(waiting, resultOf(numbers, at, value, Array.isArray(events) ? events.slice(nextEvent, end) : []));
      nextEvent = end;
      at += NUMBERS;
    }
  }

  /** The engine has failed: what became of these cannot be learnt from it. */
  fail(error: AnnalsError): void {
    this.#batch = [];
    this.#asked = [];
    this.#requests = [];
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { request, reject } of all) reject(explained(error, request));
  }

  #reject({ reject }: Waiting, error: unknown): void {
    if (isAnnalsError(error, 'UpcastFailed')) void placed(this.#session, error).then(reject);
    else reject(error);
  }

  /** What a command did the first time may have been stored by older code. */
  #resolve({ resolve, reject }: Waiting, result: DispatchResult<unknown>): void {
    if (this.#reading.isPlain) return resolve(result);
    try {
      resolve({ ...result, events: result.events.flatMap((event) => this.#reading.piecesOf(event)) });
    } catch (error) {
      reject(error);
    }
  }

  #take(ticket: number): Waiting | undefined {
    const waiting = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    return waiting;
  }
}

const utf8 = new TextEncoder();

/** The events of all commands that are answered together, or why they cannot be read. */
function eventsIn(page: Page | undefined): readonly RecordedEvent[] | AnnalsError {
  try {
    return page === undefined ? [] : eventsOf(page);
  } catch (error) {
    return error as AnnalsError;
  }
}

function resultOf(numbers: Float64Array, at: number, state: unknown, events: readonly RecordedEvent[]): DispatchResult<unknown> {
  const [revision, position, attempts] = [numbers[at + 2] as number, numbers[at + 3] as number, numbers[at + 5] as number];
  return { state, events, revision, position, duplicate: numbers[at + 4] === 1, attempts };
}

/** What the aggregate's own code threw is thrown again: by `decide` as the very same object, by `evolve` as the cause. */
function failureOf({ host, id, request }: Waiting, kind: number, value: unknown): unknown {
  if (kind === REJECTED) return value;
  return kind === BROKEN ? broken(host, id, value) : explained(errorOfReport(value), request);
}

/** No state can be made of a history: the aggregate's own code throws, or an event in it cannot be read. */
export function broken(host: AggregateHost, id: string, thrown: unknown): AnnalsError {
  if (isAnnalsError(thrown, 'UpcastFailed')) return located(thrown, { streamId: `${host.name}-${id}` }) as AnnalsError;
  return annalsError('HandlerFailed', `aggregate ${JSON.stringify(host.name)} gives no state (${host.thrownAt}): ${messageOf(thrown)}`, { aggregate: host.name }, { cause: thrown });
}

/** What the engine says, as it is meant of a command. */
function explained(error: AnnalsError, request: CommandRequest | undefined): AnnalsError {
  if (isAnnalsError(error, 'RevisionConflict') && request?.expectedRevision === undefined) {
    const retries = request?.retries ?? DEFAULT_RETRIES;
    const message = `gave up after ${retries + 1} attempts, because others stored events of the aggregate first each time (${error.message})`;
    return new AnnalsError('RevisionConflict', message, { conflicts: error.conflicts }, { retryable: true, cause: error });
  }
  if (!isAnnalsError(error, 'EngineFailed') && error.outcome !== 'unknown') return error;
  // Without an id of its own the command could be carried out twice.
  const { code, message, cause, eventIds } = error;
  return new AnnalsError(code, message, {}, { retryable: request?.commandId !== undefined, outcome: 'unknown', cause, ...(eventIds && { eventIds }) });
}
