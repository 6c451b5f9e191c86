/**
 * annals/testing: rules of aggregates as sentences. Nothing is stored, and no engine is needed.
 *
 * @module
 */
import type { Aggregate, Command, DecidedEvent } from './aggregate.ts';
import { type AggregateHost, hostOf } from './aggregate-host.ts';
import { Asked } from './asked.ts';
import type { EventRequest } from './append-queue.ts';
import { describe } from './arguments.ts';
import { difference, shown } from './difference.ts';
import { invalidArgument } from './errors.ts';
import type { Event, Metadata } from './event.ts';
import type { OlderEvent, OnUnknown, Upcaster } from './upcasting/upcaster.ts';
import { checkOnUnknown, copyUpcasters, Upcasters } from './upcasting/upcasters.ts';

/** How a refusal is told: by its class, its message or a part of it, or some of its fields. Left out, any refusal is meant. */
export type Rejection = string | RegExp | (abstract new (...args: never[]) => object) | Readonly<Record<string, unknown>>;

/** A history; a command comes next. */
export interface Given<S, C extends Command, E extends Event> {
  /** The command that is decided on. */
  when(command: NoInfer<C>): Outcome<S, E>;
  /** The state that the history gives. */
  thenState(state: S): Given<S, C, E>;
}

/** What a command came to. */
export interface Outcome<S, E extends Event> {
  /** Just these events were decided, in this order. `[]` for none. */
  then(events: readonly DecidedEvent<E>[]): Outcome<S, E>;
  /** The command was refused. */
  thenRejected(rejection?: Rejection): Outcome<S, E>;
  /** The state after it; after a refusal, that before it. */
  thenState(state: S): Outcome<S, E>;
}

/** What was expected is not what was found: the message shows both, line by line. */
export class ExpectationError extends Error {
  override readonly name: string = 'ExpectationError';
}

/**
 * A history to decide on: `given(account, [{ type: 'AccountOpened' }]).when(...).then(...)`. Events go through JSON as they do in
 * a store; they and the states are frozen: a function that changes what it is given throws.
 *
 * @throws {AnnalsError} `InvalidArgument`, `Serialization`; `when`: also `HandlerNotFound`. What `evolve` throws comes as it is.
 */
export function given<S, C extends Command, E extends Event>(aggregate: Aggregate<S, C, E>, events: readonly DecidedEvent<NoInfer<E>>[] = []): Given<S, C, E> {
  const host = hostOf(aggregate, true);
  if (host === undefined) throw invalidArgument('aggregate', 'an aggregate, made by defineAggregate', describe(aggregate));
  const requests = Array.from(events, (event, n) => host.request(event, n));
  return new History<S, C, E>(host, host.after(host.initialState(), requests, 0), requests.length);
}

/** An event as older code has stored it. */
export interface StoredEvent {
  readonly type: string;
  /** 1 unless said. */
  readonly version?: number;
  readonly data?: unknown;
  readonly metadata?: Metadata;
}

/**
 * What upcasters make of an event that is stored: one event, several, or none. Each step is asked twice, and what it is given is frozen, so that one that is not
 * pure is found: `asRead([registered], { type: 'UserRegistered', version: 1, data: { name: 'Ada' } })`.
 *
 * @throws {AnnalsError} `InvalidArgument`, `UpcastFailed`
 */
export function asRead(upcasters: readonly Upcaster[], event: StoredEvent, options: { readonly onUnknown?: OnUnknown } = {}): readonly OlderEvent[] {
  checkOnUnknown(options.onUnknown);
  const { type, version = 1, data = null, metadata = {} } = event;
  const stored = { type, version, data, metadata };
  return new Upcasters(copyUpcasters(upcasters), options.onUnknown, true).piecesOf({ ...stored, revision: 1 }) ?? [stored];
}

class History<S, C extends Command, E extends Event> implements Given<S, C, E> {
  readonly #host: AggregateHost;
  readonly #state: unknown;
  readonly #revision: number;

  constructor(host: AggregateHost, state: unknown, revision: number) {
    this.#host = host;
    this.#state = state;
    this.#revision = revision;
  }

  when(command: C): Outcome<S, E> {
    this.#host.checkCommand(command.type);
    let text: string;
    try {
      text = this.#host.decide(this.#state, new Asked(command));
    } catch (thrown) {
      return new Decided<S, E>([], this.#state, { thrown });
    }
    const events = text === '' ? [] : (JSON.parse(text) as EventRequest[]);
    return new Decided<S, E>(events, this.#host.after(this.#state, events, this.#revision));
  }

  thenState(state: S): Given<S, C, E> {
    expectSame('the state', state, this.#state);
    return this;
  }
}

class Decided<S, E extends Event> implements Outcome<S, E> {
  readonly #events: readonly EventRequest[];
  readonly #state: unknown;
  readonly #refusal: { readonly thrown: unknown } | undefined;

  constructor(events: readonly EventRequest[], state: unknown, refusal?: { readonly thrown: unknown }) {
    this.#events = events;
    this.#state = state;
    this.#refusal = refusal;
  }

  then(events: readonly DecidedEvent<E>[]): Outcome<S, E> {
    if (!Array.isArray(events)) throw invalidArgument('events', 'an array of events (nothing here is awaited)', describe(events));
    if (this.#refusal !== undefined) throw unexpected('events', `the refusal ${shown(this.#refusal.thrown)}`, this.#refusal.thrown);
    expectSame('the events', events.map(plain), this.#events.map(([type, version, , tags, metadata, data]) => plain({ type, version, tags, metadata, data })));
    return this;
  }

  thenRejected(rejection?: Rejection): Outcome<S, E> {
    if (this.#refusal === undefined) throw unexpected('a refusal', `the events ${shown(this.#events.map(([type]) => type))}`);
    const { thrown } = this.#refusal;
    if (!isMeant(thrown, rejection)) throw unexpected(`the refusal ${shown(rejection)}`, shown(thrown), thrown);
    return this;
  }

  thenState(state: S): Outcome<S, E> {
    expectSame('the state', state, this.#state);
    return this;
  }
}

/** What counts of an event: what is left out is as a store fills it in. */
function plain(event: { readonly type?: unknown; readonly version?: unknown; readonly tags?: unknown; readonly metadata?: unknown; readonly data?: unknown }): object {
  const { type, version, data } = event;
  const [tags, metadata] = [(event.tags ?? []) as readonly unknown[], (event.metadata ?? {}) as object];
  return {
    type,
    data: data ?? null,
    ...((version ?? 1) === 1 ? {} : { version }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

function isMeant(thrown: unknown, rejection: Rejection | undefined): boolean {
  if (rejection === undefined) return true;
  if (typeof rejection === 'function') return thrown instanceof rejection;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (typeof rejection === 'string') return message.includes(rejection);
  if (rejection instanceof RegExp) return rejection.test(message);
  const fields = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
  return Object.entries(rejection).every(([key, value]) => shown(fields[key]) === shown(value));
}

function expectSame(what: string, expected: unknown, found: unknown): void {
  const [one, other] = [shown(expected), shown(found)];
  if (one !== other) throw new ExpectationError(`${what}: - expected, + found\n\n${difference(one, other)}`);
}

function unexpected(expected: string, found: string, cause?: unknown): ExpectationError {
  return new ExpectationError(`expected ${expected}, found ${found}`, cause === undefined ? undefined : { cause });
}
