import { describe } from '../arguments.ts';
import type { Query } from '../append.ts';
import { difference, shown } from '../difference.ts';
import { type AnnalsError, annalsError, type ErrorFields, invalidArgument } from '../errors.ts';
import { frozen } from '../frozen.ts';
import { faultOf, pathText } from '../json.ts';
import { messageOf } from '../thrown.ts';
import { type Chain, chainOf, checkPiece, type End, newestOf, type OlderEvent, type OnUnknown, type Step, type UpcastEvent, type Upcaster } from './upcaster.ts';

/** So many steps one stored event may take, its pieces included: splits that lead back to where they began have no end. */
const MAX_STEPS = 100_000;

type Reason = ErrorFields['UpcastFailed']['reason'];

/** An event, and where in its stream it is. */
export interface Upcastable extends OlderEvent {
  readonly revision: number;
}

/** The upcasters of a store: what is read passes here, and so do the names of types in what is asked. */
export class Upcasters {
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #onUnknown: OnUnknown;
  readonly #isDevelopment: boolean;

  /** `upcasters` were looked at by {@link copyUpcasters}. In development events are frozen, and each step is asked twice. */
  constructor(upcasters: readonly Upcaster[] = [], onUnknown: OnUnknown = 'fail', development = false) {
    this.#chains = new Map(upcasters.map((upcaster) => [upcaster.type, chainOf(upcaster) as Chain]));
    this.#onUnknown = onUnknown;
    this.#isDevelopment = development;
  }

  /** Whether there is none: then everything is read as it is stored. */
  get isEmpty(): boolean {
    return this.#chains.size === 0;
  }

  /** Whether events of a type have a chain. */
  has(type: string): boolean {
    return this.#chains.has(type);
  }

  /** The version that a new event of a type has, unless it says otherwise. */
  newest(type: string): number {
    const chain = this.#chains.get(type);
    return chain === undefined ? 1 : newestOf(chain);
  }

  /** The types under which events are stored that are read as one of these. */
  storedAs(types: Iterable<string>): string[] {
    const names = new Set(types);
    // What is added while this goes on is looked at, too.
    for (const name of names) {
      for (const { type, end } of this.#chains.values()) if (end?.types.includes(name) === true) names.add(type);
    }
    return [...names];
  }

  /** A query that means what is stored, of one that means what is read. */
  storedQuery(query: Query): Query {
    if (this.isEmpty) return query;
    return { items: query.items.map((item) => (item.types === undefined ? item : { ...item, types: this.storedAs(item.types) })) };
  }

  /** The text of all that decides how events of these types are read: another text makes another state of the same history. */
  textFor(types: Iterable<string>): string {
    const chains = this.storedAs(types).sort().flatMap((type) => this.#chains.get(type) ?? []);
    if (chains.length === 0) return '';
    const texts = chains.map(({ type, steps, end }) => JSON.stringify([type, steps.map(String), end?.kind, end?.types, end?.kind === 'rename' ? end.version : '', end?.kind === 'split' ? String(end.step) : '']));
    return `\n${[...texts, String(this.#onUnknown)].join('\n')}`;
  }

  /**
   * What an event is read as; `undefined` when it is read as it is stored.
   *
   * @throws {AnnalsError} `UpcastFailed`
   */
  piecesOf(event: Upcastable): readonly OlderEvent[] | undefined {
    const chain = this.#chains.get(event.type);
    if (chain === undefined || (chain.end === undefined && event.version === newestOf(chain))) return undefined;
    return this.#follow(event);
  }

  #follow(stored: Upcastable): OlderEvent[] {
    const { type, version, data, metadata } = stored;
    const [done, waiting]: [OlderEvent[], OlderEvent[]] = [[], [{ type, version, data, metadata }]];
    for (let left = MAX_STEPS; waiting.length > 0; left--) {
      if (left === 0) throw failed(stored, 'endless', `its upcasters do not come to an end: after ${MAX_STEPS} steps it is a ${nameOf(waiting.at(-1) as OlderEvent)}`);
      const event = waiting.pop() as OlderEvent;
      const next = this.#next(event, stored);
      if (next === undefined) done.push(event);
      // The first comes first. One by one: there may be more of them than a call can take arguments.
      else for (let n = next.length - 1; n >= 0; n--) waiting.push(next[n] as OlderEvent);
    }
    return done;
  }

  /** What comes of an event by one step; `undefined` at the end of its way. */
  #next(event: OlderEvent, stored: Upcastable): readonly OlderEvent[] | undefined {
    const chain = this.#chains.get(event.type);
    if (chain === undefined) return undefined;
    const newest = newestOf(chain);
    if (event.version > newest) {
      if (event.type === stored.type && event.version === stored.version) return this.#unknown(event, newest, stored);
      throw failed(stored, 'notAnEvent', `its upcasters make a ${nameOf(event)} of it, but the chain of that type ends at version ${newest}`);
    }
    if (event.version === newest) return chain.end && this.#end(event, chain.end, stored);
    const data = this.#ask(chain.steps[event.version - 1] as Step, event, stored);
    return [{ ...event, version: event.version + 1, data: checkedData(data, event, stored) }];
  }

  #end(event: OlderEvent, end: End, stored: Upcastable): readonly OlderEvent[] {
    if (end.kind === 'drop') return [];
    if (end.kind === 'rename') return [{ ...event, type: end.types[0] as string, version: end.version }];
    const made = this.#ask(end.step, event, stored);
    silence(made);
    if (!Array.isArray(made)) throw failed(stored, 'notAnEvent', `the upcaster that splits a ${nameOf(event)}: expected an array of events, found ${describe(made)}`);
    return Array.from(made, (piece: unknown) => {
      const read = pieceOf(piece, event, stored, () => 1);
      if (end.types.includes(read.type)) return read;
      throw failed(stored, 'notAnEvent', `the upcaster that splits a ${nameOf(event)}: expected events of the types that it names (${end.types.join(', ')}), found ${JSON.stringify(read.type)}`);
    });
  }

  #unknown(event: OlderEvent, newest: number, stored: Upcastable): readonly OlderEvent[] {
    if (this.#onUnknown === 'skip') return [];
    if (this.#onUnknown === 'fail') {
      throw failed(stored, 'newer', `expected a version of at most ${newest}, found ${nameOf(event)}: newer code has stored it, so reload, or say otherwise by \`onUnknown\``);
    }
    const made = this.#ask(this.#onUnknown, event, stored);
    silence(made);
    if (made === null || made === undefined) return [];
    const pieces: readonly unknown[] = Array.isArray(made) ? made : [made];
    return Array.from(pieces, (piece) => {
      const read = pieceOf(piece, event, stored, (type) => this.newest(type));
      // Whoever asks for events of a type asks for the names that lead there: what comes from elsewhere only some would see.
      if (!this.storedAs([read.type]).includes(event.type)) {
        throw failed(stored, 'notAnEvent', `\`onUnknown\` for a ${nameOf(event)}: expected an event of the same type, or of one that its chain leads to, found ${JSON.stringify(read.type)}`);
      }
      if (read.version <= this.newest(read.type)) return read;
      throw failed(stored, 'notAnEvent', `\`onUnknown\` for a ${nameOf(event)}: expected no version, or one of at most ${this.newest(read.type)}, found ${nameOf(read)}`);
    });
  }

  /** Asks somebody else's code, in development twice. */
  #ask(step: Step, event: OlderEvent, stored: Upcastable): unknown {
    const ask = (): unknown => {
      try {
        return step(event);
      } catch (thrown) {
        throw failed(stored, 'threw', `the upcaster of a ${nameOf(event)} threw: ${messageOf(thrown)}`, thrown);
      }
    };
    if (!this.#isDevelopment) return ask();
    frozen(event);
    const made = ask();
    const [first, second] = [shown(made), shown(ask())];
    if (first === second) return frozen(made);
    throw failed(stored, 'threw', `the upcaster of a ${nameOf(event)} made two things of the same: what it looks at outside is no part of the history\n\n${difference(first, second)}`);
  }
}

/** Events are read as they are stored. */
export const NO_UPCASTERS: Upcasters = new Upcasters();

/** Refuses what cannot be registered: what was not made by `upcast`, a type that comes twice, and renames without an end. What was checked is what is used: a copy. */
export function copyUpcasters(upcasters: unknown): readonly Upcaster[] {
  if (!Array.isArray(upcasters)) throw invalidArgument('options.upcasters', 'an array of upcasters', describe(upcasters));
  const types = new Set<string>();
  const copy = Array.from(upcasters, (upcaster: unknown, n) => {
    const chain = chainOf(upcaster);
    if (chain === undefined) throw invalidArgument(`options.upcasters[${n}]`, 'an upcaster, made by upcast', describe(upcaster));
    if (types.has(chain.type)) throw invalidArgument(`options.upcasters[${n}].type`, 'a type that no other upcaster has', JSON.stringify(chain.type));
    types.add(chain.type);
    return upcaster as Upcaster;
  });
  return checkRenames(copy);
}

/** Refuses renames that lead back to where they began, or behind the end of the chain that they lead to. */
function checkRenames(upcasters: readonly Upcaster[]): readonly Upcaster[] {
  const chains = new Map(upcasters.map((upcaster) => [upcaster.type, chainOf(upcaster) as Chain]));
  upcasters.forEach(({ type }, n) => {
    const seen = [type];
    for (let at = chains.get(type); at?.end?.kind === 'rename'; ) {
      const [next, { version }] = [at.end.types[0] as string, at.end];
      at = chains.get(next);
      if (seen.includes(next)) throw invalidArgument(`options.upcasters[${n}]`, 'renames that come to an end', [...seen, next].join(' → '));
      if (at !== undefined && version > newestOf(at)) throw invalidArgument(`options.upcasters[${n}]`, `a version of ${next} that its chain knows (at most ${newestOf(at)})`, String(version));
      seen.push(next);
    }
  });
  return upcasters;
}

/** Refuses what says nothing about unknown versions; absent is fine. */
export function checkOnUnknown(onUnknown: unknown): asserts onUnknown is OnUnknown | undefined {
  if (onUnknown === undefined || onUnknown === 'fail' || onUnknown === 'skip' || typeof onUnknown === 'function') return;
  throw invalidArgument('options.onUnknown', "'fail', 'skip' or a function", describe(onUnknown));
}

function pieceOf(piece: unknown, event: OlderEvent, stored: Upcastable, versionOf: (type: string) => number): OlderEvent {
  try {
    checkPiece(piece);
  } catch (error) {
    throw failed(stored, 'notAnEvent', `the upcaster of a ${nameOf(event)}: ${messageOf(error)}`);
  }
  const { type, version, data, metadata } = piece as UpcastEvent;
  if (metadata !== undefined) check('metadata', metadata, event, stored);
  return { type, version: version ?? versionOf(type), data: checkedData(data ?? null, event, stored), metadata: metadata ?? event.metadata };
}

/** What a step has made is data, as a store would take it. */
function checkedData(data: unknown, event: OlderEvent, stored: Upcastable): unknown {
  silence(data);
  if (data === undefined) throw failed(stored, 'notAnEvent', `the upcaster of a ${nameOf(event)}: data: expected that of the next version, found nothing: is a return missing?`);
  check('data', data, event, stored);
  return data;
}

/** Refuses what a store would not take. Somebody else's object may throw when it is looked at. */
function check(root: string, value: unknown, event: OlderEvent, stored: Upcastable): void {
  let fault: ReturnType<typeof faultOf>;
  try {
    fault = faultOf(value);
  } catch (thrown) {
    throw failed(stored, 'notAnEvent', `the upcaster of a ${nameOf(event)}: ${root}: looking at it throws: ${messageOf(thrown)}`, thrown);
  }
  if (fault !== undefined) throw failed(stored, 'notAnEvent', `the upcaster of a ${nameOf(event)}: ${pathText(root, fault.path)}: expected ${fault.expected}, found ${fault.found}`);
}

/** A promise is no event, and what it is rejected with is not to be told twice. */
function silence(made: unknown): void {
  if (made instanceof Promise) made.catch(() => {});
}

function nameOf({ type, version }: OlderEvent): string {
  return `${type} of version ${version}`;
}

function failed({ type, version, revision }: Upcastable, reason: Reason, why: string, thrown?: unknown): AnnalsError {
  const message = `${type} of version ${version}, revision ${revision} of its stream, cannot be read: ${why}`;
  return annalsError('UpcastFailed', message, { reason, type, version, revision }, thrown === undefined ? undefined : { cause: thrown });
}
