import { checkFunction, checkInteger, checkKeys, checkObject, checkText, describe } from './arguments.ts';
import { branded } from './brand.ts';
import { invalidArgument } from './errors.ts';
import type { Event, Metadata, NewEvent } from './event.ts';

/** What an {@link Aggregate} is of, for the compiler alone. */
export declare const types: unique symbol;

/** Something that is asked for: a type, in the words of the domain, and what is told of it. */
export type Command<T extends string = string, D = unknown> = { readonly type: T; readonly metadata?: Metadata } & (undefined extends D
  ? { readonly data?: D }
  : { readonly data: D });

/** A kind of thing that commands are decided on, made by {@link defineAggregate}. */
export interface Aggregate<S = unknown, C extends Command = Command, E extends Event = Event> {
  readonly name: string;
  readonly [types]?: { readonly state: S; readonly command: C; readonly event: E };
}

/**
 * An event as `evolve` sees it. Its position and its time are left out: a state is made ahead of storing, when nobody knows them yet, and
 * has to come out the same when it is made again. A time that matters belongs into the data.
 */
export type Happening<E extends Event = Event> =
  E extends Event<infer T, infer D>
    ? {
        readonly type: T;
        readonly data: D;
        readonly version: number;
        /** Its place in the stream, from 1. */
        readonly revision: number;
        readonly metadata: Metadata;
      }
    : never;

/** An event that is decided: its id is made by the engine. */
export type DecidedEvent<E extends Event = Event> = E extends Event ? Omit<NewEvent<E>, 'id'> & { readonly id?: never } : never;

/** What `decide` answers: one event, several, or none. */
export type Decision<E extends Event = Event> = DecidedEvent<E> | readonly DecidedEvent<E>[] | null | undefined | void;

/**
 * When states are kept beside the log, so that a long history need not be read again. They change no answer: what was kept by another
 * version, or by other text of `initialState` and `evolve`, is made again.
 */
export interface SnapshotPolicy {
  /** After so many events. At least 1. */
  readonly every: number;
  /** At least 1. Raise it when a helper that `evolve` calls has changed: its text is not seen. */
  readonly version: number;
}

/** The rules of one kind of thing. All functions are pure: they look at nothing but what they are given, and change nothing. */
export interface AggregateDefinition<S, C extends Command, E extends Event> {
  /** The stream of a thing is `<name>-<id>`, so the name has no `-`. */
  readonly name: string;
  /** The state before anything has happened. */
  readonly initialState: () => S;
  /**
   * One function for each type of command: what it makes happen. What it throws reaches whoever dispatched the command, as it is, and
   * nothing is written.
   */
  readonly decide: { readonly [K in C['type']]: (state: S, command: Extract<C, { type: K }>) => Decision<E> };
  /** One function for each type of event: the state after it. Events of other types are skipped, unread. */
  readonly evolve: { readonly [K in E['type']]: (state: S, event: Happening<Extract<E, { type: K }>>) => S };
  /** Default `{ every: 1000, version: 1 }`; `false` for none. A state that is no JSON is not kept: a `'snapshotRefused'` notice says so. */
  readonly snapshots?: SnapshotPolicy | false;
}

type Handler = (state: unknown, commandOrEvent: unknown) => unknown;

/** A definition as the engine uses it, whatever its types. */
export interface AnyDefinition {
  readonly name: string;
  readonly initialState: () => unknown;
  readonly decide: Readonly<Record<string, Handler>>;
  readonly evolve: Readonly<Record<string, Handler>>;
  readonly snapshots: SnapshotPolicy | undefined;
}

const DEFAULT_SNAPSHOTS: SnapshotPolicy = { every: 1000, version: 1 };

const DEFINITION_KEYS: ReadonlySet<string> = new Set(['name', 'initialState', 'decide', 'evolve', 'snapshots']);
const SNAPSHOT_KEYS: ReadonlySet<string> = new Set(['every', 'version']);

const definitions: WeakMap<Aggregate, AnyDefinition> = new WeakMap();

/**
 * Defines an aggregate. It is a value: the same one may be registered with many stores.
 *
 * @throws {AnnalsError} `InvalidArgument`: the name is empty or has a `-`, or something is not a function
 */
export function defineAggregate<S, C extends Command, E extends Event>(definition: AggregateDefinition<S, C, E>): Aggregate<S, C, E> {
  checkObject('definition', definition);
  checkKeys('definition', definition, DEFINITION_KEYS);
  const { name, initialState, decide, evolve, snapshots } = definition;
  checkText('definition.name', name);
  if (name === '' || name.includes('-')) throw invalidArgument('definition.name', 'a name that is not empty and has no -', describe(name));
  if (typeof initialState !== 'function') throw invalidArgument('definition.initialState', 'a function', describe(initialState));
  if (snapshots !== undefined && snapshots !== false) checkSnapshots(snapshots);
  const checked: AnyDefinition = Object.freeze({
    name,
    initialState,
    decide: functionsOf<Handler>('definition.decide', decide),
    evolve: functionsOf<Handler>('definition.evolve', evolve),
    snapshots: snapshots === false ? undefined : Object.freeze({ ...(snapshots ?? DEFAULT_SNAPSHOTS) }),
  });
  const aggregate: Aggregate<S, C, E> = branded({ name });
  definitions.set(aggregate, checked);
  return aggregate;
}

/** What an aggregate was defined as; undefined for what `defineAggregate` has not made. */
export function definitionOf(aggregate: unknown): AnyDefinition | undefined {
  return typeof aggregate === 'object' && aggregate !== null ? definitions.get(aggregate as Aggregate) : undefined;
}

function checkSnapshots(snapshots: SnapshotPolicy): void {
  checkObject('definition.snapshots', snapshots);
  checkKeys('definition.snapshots', snapshots, SNAPSHOT_KEYS);
  for (const key of ['every', 'version'] as const) {
    if (snapshots[key] === undefined) throw invalidArgument(`definition.snapshots.${key}`, 'an integer of at least 1', 'nothing');
    checkInteger(`definition.snapshots.${key}`, snapshots[key], 1);
  }
}

/** Copied, without a prototype: a type is data whatever it is called. */
export function functionsOf<F>(argument: string, functions: Readonly<Record<string, unknown>>): Readonly<Record<string, F>> {
  checkObject(argument, functions);
  const copy = Object.create(null) as Record<string, F>;
  for (const [type, one] of Object.entries(functions)) {
    if (one === undefined) throw invalidArgument(`${argument}.${type}`, 'a function', 'nothing');
    checkFunction(`${argument}.${type}`, one);
    copy[type] = one as F;
  }
  return Object.freeze(copy);
}
