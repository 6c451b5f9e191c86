import { type AnyDefinition, definitionOf, type SnapshotPolicy } from './aggregate.ts';
import { type EventRequest, eventRequest, stringify } from './append-queue.ts';
import { describe } from './arguments.ts';
import type { Asked } from './asked.ts';
import { difference, shown } from './difference.ts';
import { type AnnalsError, annalsError, invalidArgument, isAnnalsError } from './errors.ts';
import type { Metadata } from './event.ts';
import { frozen } from './frozen.ts';
import { changeOf, faultOf, pathText } from './json.ts';
import { NO_UPCASTERS, type Upcasters } from './upcasting/upcasters.ts';

const NUMBERS = 3;

/** An aggregate as the engine calls it; `src/wasm/definition.rs` says how events cross. */
export class AggregateHost {
  readonly name: string;
  /** The types under which events are stored that states are made of. */
  readonly types: readonly string[];
  readonly definition: AnyDefinition;
  /** Where `evolve` has thrown last, for what is said of it. */
  thrownAt = '';
  readonly #isDevelopment: boolean;
  readonly #upcasters: Upcasters;
  readonly #keep: <T>(value: T) => T;

  /** In development, states and events are frozen, and everything is asked twice: what is not pure is found at once. */
  constructor(definition: AnyDefinition, development: boolean, upcasters: Upcasters) {
    this.definition = definition;
    this.#isDevelopment = development;
    this.#upcasters = upcasters;
    this.name = definition.name;
    this.types = upcasters.storedAs(Object.keys(definition.evolve));
    this.#keep = development ? frozen : (value) => value;
  }

  /** When states are kept, and the text of what makes them. */
  get snapshots(): (SnapshotPolicy & { readonly text: string }) | undefined {
    const { snapshots, initialState, evolve } = this.definition;
    const own = [initialState, ...Object.entries(evolve).sort(byType).flat()].join('\n');
    return snapshots && { ...snapshots, text: own + this.#upcasters.textFor(Object.keys(evolve)) };
  }

  /** A state as it is kept. */
  freeze(state: unknown): string {
    const fault = faultOf(state) ?? changeOf(state);
    if (fault !== undefined) throw new Error(`expected ${fault.expected} at ${pathText('state', fault.path)}, found ${fault.found}`);
    return JSON.stringify(state);
  }

  /** The state that was kept. */
  thaw(text: string): unknown {
    return this.#keep(JSON.parse(text) as unknown);
  }

  initialState(): unknown {
    this.thrownAt = 'initialState';
    return this.#keep(checkState(this.definition.initialState(), 'an initial state'));
  }

  /** Refuses a command that there is no function for. */
  checkCommand(type: unknown): void {
    const { decide } = this.definition;
    if (typeof type === 'string' && decide[type] !== undefined) return;
    const known = Object.keys(decide);
    const message = `aggregate ${JSON.stringify(this.name)}: expected a command of type ${known.join(', ')}, found ${describe(type)}`;
    throw annalsError('HandlerNotFound', message, { known });
  }

  /** Events as one text, empty for none. */
  decide(state: unknown, asked: Asked): string {
    const { command } = asked;
    asked.decided = '';
    const decide = this.definition.decide[command.type] as (state: unknown, command: unknown) => unknown;
    const made = this.#again(() => decide(state, command), `decide.${command.type}`, state);
    if (made === undefined || made === null) return '';
    const events: readonly unknown[] = Array.isArray(made) ? made : [made];
    if (events.length === 0) return '';
    const requests = Array.from(events, (event, n) => decided(event, n, this.#upcasters, `decide.${command.type}`));
    const stray = this.#isDevelopment ? requests.find(([type]) => !this.types.includes(type)) : undefined;
    if (stray !== undefined) throw invalidArgument(`decide.${command.type}`, `events that evolve knows: ${Object.keys(this.definition.evolve).join(', ')}`, JSON.stringify(stray[0]));
    const text = stringify(requests);
    if (asked.isPlain && requests.every(([, , , , metadata]) => metadata === undefined)) asked.decided = text;
    return text;
  }

  /** The state after what was decided last, as {@link evolve} would make it; undefined where more goes with the events than is known here. */
  evolveDecided(state: unknown, { decided, cause }: Asked, revision: number): unknown {
    if (decided === '') return undefined;
    return this.#after(state, JSON.parse(decided) as readonly EventRequest[], revision, () => this.#keep({ causationId: cause, correlationId: cause }));
  }

  /**
   * In development, asks a second time: what is made of the same has to be the same, and the state that it is made of stays what it was.
   * (Freezing keeps a Map or a Set from nothing.)
   */
  #again<T>(call: () => T, what: string, state: unknown): T {
    if (!this.#isDevelopment) return call();
    const before = shown(state);
    const made = call();
    if (isPromise(made)) return made;
    const first = shown(made);
    const after = shown(state);
    if (before !== after) throw this.#impure(`${what} changed the state that it was given`, before, after);
    const second = shown(call());
    if (first === second) return made;
    throw this.#impure(`${what} made two things of the same: a clock, a random number or a variable outside must come in through the command`, first, second);
  }

  #impure(why: string, one: string, other: string): AnnalsError {
    return annalsError('HandlerFailed', `${why}\n\n${difference(one, other)}`, { aggregate: this.name });
  }

  /** An event as the engine reads it. */
  request(event: unknown, n: number): EventRequest {
    return decided(event, n, this.#upcasters);
  }

  /** The state after events, without an engine between. */
  after(state: unknown, events: readonly EventRequest[], revision: number): unknown {
    const read = JSON.parse(stringify(events)) as readonly EventRequest[];
    return this.#after(state, read, revision, (n) => this.#keep((read[n]?.[4] ?? {}) as Metadata));
  }

  /** Events as they are read. */
  #after(state: unknown, events: readonly EventRequest[], revision: number, metadataOf: (n: number) => Metadata): unknown {
    let next = state;
    for (const [n, [type, version, , , , data]] of events.entries()) {
      next = this.#step(next, new LazyHappening(type, data ?? null, version, revision + n + 1, metadataOf, n));
    }
    return next;
  }

  /** Thrown errors pass through the engine as they are. */
  evolve(state: unknown, text: string, metadata: string, numbers: Float64Array): unknown {
    const { types, data } = JSON.parse(text) as { types: readonly string[]; data: readonly unknown[] };
    // Few look at the metadata: they are parsed for the first who does.
    let parsed: readonly Metadata[] | undefined;
    const metadataOf = (n: number): Metadata => (parsed ??= this.#keep(JSON.parse(metadata) as readonly Metadata[]))[n] as Metadata;
    let next = state;
    for (let n = 0, at = 0; n < data.length; n++, at += NUMBERS) {
      const type = types[numbers[at] as number] as string;
      next = this.#step(next, new LazyHappening(type, data[n], numbers[at + 1] as number, numbers[at + 2] as number, metadataOf, n));
    }
    return next;
  }

  /** The state after an event as it is stored. */
  #step(state: unknown, event: LazyHappening): unknown {
    const pieces = this.#upcasters.has(event.type) ? this.#upcasters.piecesOf(event) : undefined;
    if (pieces === undefined) return this.#evolve(state, event);
    return pieces.reduce((next, { type, data, version, metadata }) => this.#evolve(next, new LazyHappening(type, data, version, event.revision, () => metadata, 0)), state);
  }

  /** The state after an event as it is read; one that `evolve` does not name changes nothing. */
  #evolve(state: unknown, event: LazyHappening): unknown {
    const { type } = event;
    const step = this.definition.evolve[type];
    if (step === undefined) return state;
    try {
      const next = this.#isDevelopment ? this.#again(() => step(state, this.#keep(event)), `evolve.${type}`, state) : step(state, event);
      return this.#keep(checkState(next, 'the next state'));
    } catch (error) {
      this.thrownAt = `evolve.${type}, revision ${event.revision}`;
      throw error;
    }
  }
}

/** The host of an aggregate, when it was defined. */
export function hostOf(aggregate: unknown, development: boolean, upcasters: Upcasters = NO_UPCASTERS): AggregateHost | undefined {
  const definition = definitionOf(aggregate);
  return definition && new AggregateHost(definition, development, upcasters);
}

class LazyHappening {
  readonly type: string;
  readonly data: unknown;
  readonly version: number;
  readonly revision: number;
  readonly #metadataOf: (n: number) => Metadata;
  readonly #n: number;

  constructor(type: string, data: unknown, version: number, revision: number, metadataOf: (n: number) => Metadata, n: number) {
    this.type = type;
    this.data = data;
    this.version = version;
    this.revision = revision;
    this.#metadataOf = metadataOf;
    this.#n = n;
  }

  get metadata(): Metadata {
    return this.#metadataOf(this.#n);
  }
}

/** A state is made at once, and is something. */
function checkState(state: unknown, expected: string): unknown {
  if (state === undefined) throw new TypeError(`expected ${expected}, found nothing: is a return missing?`);
  if (isPromise(state)) {
    state.then(undefined, () => {});
    throw new TypeError(`expected ${expected}, found a promise: these functions are synchronous`);
  }
  return state;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function decided(event: unknown, n: number, upcasters: Upcasters, from = 'events'): EventRequest {
  if (typeof event === 'object' && event !== null) {
    if (isPromise(event)) {
      // It may be rejected: that is not to be told twice.
      event.then(undefined, () => {});
      throw invalidArgument(from, 'an event, an array of them, or nothing (decide is synchronous)', 'a promise');
    }
    const { id } = event as { id?: unknown };
    if (id !== undefined) throw invalidArgument(`events[${n}].id`, 'none: ids of decided events are made by the engine', describe(id));
  }
  return named(from, () => eventRequest(-1, n, event, upcasters));
}

/** An argument that breaks a rule is named with the function that it comes from. */
function named<T>(from: string, call: () => T): T {
  if (from === 'events') return call();
  try {
    return call();
  } catch (error) {
    if (!isAnnalsError(error, 'InvalidArgument')) throw error;
    const { argument, expected, found } = error;
    throw invalidArgument(`${from}: ${argument}`, expected, found);
  }
}

const byType = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
