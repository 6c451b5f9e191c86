import { checkFunction, checkInteger, checkKeys, checkObject, checkOptions, checkText, copyTexts, describe } from '../arguments.ts';
import { branded } from '../brand.ts';
import { invalidArgument } from '../errors.ts';
import type { Event, Metadata } from '../event.ts';

/** An event on its way from the form that is stored to the one that the code knows. */
export interface OlderEvent<D = unknown> {
  readonly type: string;
  readonly version: number;
  readonly data: D;
  readonly metadata: Metadata;
}

/** What an event is read as: everything that is not named here stays as it is stored. */
export type UpcastEvent<E extends Event = Event> =
  E extends Event<infer T, infer D>
    ? {
        readonly type: T;
        readonly data: D;
        /** Of its type's schema; from there its own chain goes on. */
        readonly version?: number;
        readonly metadata?: Metadata;
      }
    : never;

/** How events of one type are read that were stored in older forms, made by {@link upcast}. */
export interface Upcaster {
  /** The type under which they are stored. */
  readonly type: string;
  /** The newest version of that type that is known. */
  readonly version: number;
}

/** A chain that can go on. It is a value: each step makes another one, and `D` is what the data is at its end. */
export interface UpcasterChain<D> extends Upcaster {
  /**
   * The next version of the same type: what `step` answers is its data. The step is pure, and its data is JSON.
   *
   * @throws {AnnalsError} `InvalidArgument`
   */
  to<N>(step: (event: OlderEvent<D>) => N): UpcasterChain<N>;
  /**
   * Events are read as another type from here on, and go on in that type's chain, at `version` (1 unless said). Renames that lead back to where
   * they began are refused by `openStore`.
   *
   * @throws {AnnalsError} `InvalidArgument`
   */
  rename(type: string, options?: { readonly version?: number }): Upcaster;
  /**
   * One event is read as several, or as none: each of one of these types, which are others than its own, and of version 1 unless it says otherwise, where it goes on in the chain of
   * its type. They share the id, the revision and the position of the one that is stored.
   *
   * @throws {AnnalsError} `InvalidArgument`
   */
  split<E extends Event = Event>(types: readonly E['type'][], step: (event: OlderEvent<D>) => readonly UpcastEvent<E>[]): Upcaster;
  /** Events are read no more. */
  drop(): Upcaster;
}

/**
 * What becomes of an event of a version that is newer than its type's chain knows: newer code has stored it. `'fail'`, the default, fails whatever
 * reads it with `UpcastFailed`; `'skip'` reads on as if it were not there; a function says what it is read as (one event, several, or none, of its own
 * type or of those that its chain leads to), in the newest version that is known unless it says otherwise.
 */
export type OnUnknown = 'fail' | 'skip' | ((event: OlderEvent) => UpcastEvent | readonly UpcastEvent[] | null | undefined);

export type Step = (event: OlderEvent) => unknown;

/** What comes after the newest version. */
export type End =
  | { readonly kind: 'rename'; readonly types: readonly string[]; readonly version: number }
  | { readonly kind: 'split'; readonly types: readonly string[]; readonly step: Step }
  | { readonly kind: 'drop'; readonly types: readonly string[] };

/** A chain as it is followed, whatever its types. */
export interface Chain {
  readonly type: string;
  /** From version n to the next, n - 1 being the index. */
  readonly steps: readonly Step[];
  readonly end: End | undefined;
}

const MAX_VERSION = 4_294_967_294;

const RENAME_KEYS: ReadonlySet<string> = new Set(['version']);

const chains: WeakMap<Upcaster, Chain> = new WeakMap();

/**
 * How events of a type are read that were stored in older forms: `upcast<{ name: string }>('UserRegistered').to(({ data }) => …)`. `D` is what the
 * data was in version 1. A chain without steps says that version 1 is the newest.
 *
 * @throws {AnnalsError} `InvalidArgument`: the type is empty
 */
export function upcast<D = unknown>(type: string): UpcasterChain<D> {
  checkType('type', type);
  return chainOn<D>({ type, steps: [], end: undefined });
}

/** The chain of an upcaster; undefined for what {@link upcast} has not made. */
export function chainOf(upcaster: unknown): Chain | undefined {
  return typeof upcaster === 'object' && upcaster !== null ? chains.get(upcaster as Upcaster) : undefined;
}

/** The newest version that a chain knows of its own type. */
export function newestOf({ steps }: Chain): number {
  return steps.length + 1;
}

function chainOn<D>(chain: Chain): UpcasterChain<D> {
  const made: UpcasterChain<D> = branded({
    type: chain.type,
    version: newestOf(chain),
    to: <N>(step: (event: OlderEvent<D>) => N): UpcasterChain<N> => {
      checkStep(step);
      return chainOn<N>({ ...chain, steps: [...chain.steps, step as Step] });
    },
    rename: (type: string, options?: { readonly version?: number }): Upcaster => {
      checkOther(chain, 'type', type);
      checkOptions('options', options, RENAME_KEYS);
      checkInteger('options.version', options?.version, 1, MAX_VERSION);
      return ended(chain, { kind: 'rename', types: [type], version: options?.version ?? 1 });
    },
    split: (types: readonly string[], step: unknown): Upcaster => {
      const copy = copyTexts('types', types);
      if (copy === undefined || copy.length === 0) throw invalidArgument('types', 'the types of the events that come of it: at least one', copy === undefined ? 'nothing' : 'none');
      copy.forEach((type, n) => checkOther(chain, `types[${n}]`, type));
      checkStep(step);
      return ended(chain, { kind: 'split', types: copy, step: step as Step });
    },
    drop: (): Upcaster => ended(chain, { kind: 'drop', types: [] }),
  });
  chains.set(made, chain);
  return made;
}

function ended(chain: Chain, end: End): Upcaster {
  const made: Upcaster = branded({ type: chain.type, version: newestOf(chain) });
  chains.set(made, { ...chain, end });
  return made;
}

function checkType(argument: string, type: unknown): void {
  checkText(argument, type);
  if (type === '') throw invalidArgument(argument, 'a type of events', 'an empty text');
}

/** What leads back to its own type has no end: the chain would begin again. */
function checkOther(chain: Chain, argument: string, type: unknown): void {
  checkType(argument, type);
  if (type === chain.type) throw invalidArgument(argument, 'a type other than that of the chain (the same one with other data is its next version: `to`)', describe(type));
}

function checkStep(step: unknown): void {
  if (step === undefined) throw invalidArgument('step', 'a function', 'nothing');
  checkFunction('step', step);
}

const PIECE_KEYS: ReadonlySet<string> = new Set(['type', 'version', 'data', 'metadata']);

/** Refuses what is no event; the message says why. */
export function checkPiece(piece: unknown): asserts piece is UpcastEvent {
  checkObject('event', piece);
  checkKeys('event', piece, PIECE_KEYS);
  const { type, version, metadata } = piece;
  if (typeof type !== 'string' || type === '') throw invalidArgument('event.type', 'a type of events', describe(type));
  checkInteger('event.version', version, 1, MAX_VERSION);
  if (metadata !== undefined) checkObject('event.metadata', metadata);
}
