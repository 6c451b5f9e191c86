import { describe } from '../arguments.ts';
import { difference, shown } from '../difference.ts';
import { annalsError, invalidArgument } from '../errors.ts';
import type { RecordedEvent } from '../event.ts';
import { frozen } from '../frozen.ts';
import { faultOf, isWellFormed, pathText } from '../json.ts';
import { categoryOf } from '../stream-id.ts';
import type { Upcasters } from '../upcasting/upcasters.ts';
import type { AnyProjection } from './projection.ts';
import { readOnly } from './read-side.ts';

/** A row, and what it was before the page that is being folded. */
interface Entry {
  readonly key: string;
  /** Undefined for a row that is not there: one that a page has made and taken away again, say. */
  row: unknown;
  slot: number;
  /** The page that has touched it last. */
  page: number;
  before: unknown;
}

/** An event that is read otherwise than it is stored, or that cannot be read. */
export interface FoldedEvent {
  readonly stored: RecordedEvent;
  readonly pieces: readonly RecordedEvent[];
  readonly error: unknown;
}

/** An event that a projection has failed over, as the engine keeps it. */
export interface Letter {
  readonly position: number;
  readonly streamId: string;
  readonly type: string;
  readonly message: string;
}

/** What folding a page has done; slots are numbers by which the engine means rows. */
export interface Folded {
  readonly changed: readonly number[];
  readonly added: readonly number[];
  readonly keys: readonly string[];
  readonly gone: readonly number[];
  readonly skipped: readonly Letter[];
  readonly fault: Letter | undefined;
}

const NO_SLOT = -1;

/** The types of plain values, beside `null`. */
const COMPARABLE: ReadonlySet<string> = new Set(['string', 'number', 'boolean']);

/** The rows that a projection has folded from a beginning of their own. */
export class Generation {
  readonly projection: AnyProjection;
  /** What the projection has thrown, when it has stopped. */
  thrown: unknown;
  readonly #isDevelopment: boolean;
  /** The types under which events are stored that the projection handles, as far as they are read otherwise. */
  readonly #upcast: ReadonlySet<string>;
  readonly #entries: Map<string, Entry> = new Map();
  readonly #slots: (Entry | undefined)[] = [];
  readonly #free: number[] = [];
  #page = 1;
  #touched: Entry[] = [];
  #skipped: Letter[] = [];
  #fault: Letter | undefined;
  #hasSkipped = false;
  /** What rows were before the event that is being folded, when it may have to be taken back. */
  #undo: (readonly [entry: Entry, row: unknown])[] | undefined;

  constructor(projection: AnyProjection, upcasters: Upcasters, development: boolean) {
    this.projection = projection;
    this.#upcast = new Set(upcasters.isEmpty ? [] : upcasters.storedAs(projection.on.keys()));
    this.#isDevelopment = development;
  }

  /** The row under a key; the same one until it changes. */
  get(key: string): unknown {
    return this.#entries.get(key)?.row;
  }

  /** The row in a slot. */
  row(slot: number): unknown {
    return this.#slots[slot]?.row;
  }

  key(slot: number): string {
    return this.#slots[slot]?.key ?? '';
  }

  /** Folds a part of a page: the events that come after a position. {@link Generation.end} ends the page. */
  fold(events: readonly (RecordedEvent | FoldedEvent)[], after: number): void {
    const { on, categories } = this.projection;
    for (const event of events) {
      if (this.#fault !== undefined) return;
      const stored = 'stored' in event ? event.stored : event;
      if (stored.position <= after || (categories !== undefined && !categories.has(categoryOf(stored.streamId)))) continue;
      try {
        if ('stored' in event) {
          this.#projectPieces(event);
        } else {
          const handler = on.get(event.type);
          if (handler !== undefined) readOnly(() => this.#project(handler, event));
        }
      } catch (error) {
        this.#fail(stored, error);
      }
    }
  }

  /** All of them, or none: what fails over one piece has changed no row. */
  #projectPieces({ stored, pieces, error }: FoldedEvent): void {
    if (!this.#upcast.has(stored.type)) return;
    if (error !== undefined) throw error;
    const undo: (readonly [entry: Entry, row: unknown])[] = [];
    this.#undo = undo;
    try {
      for (const piece of pieces) {
        const handler = this.projection.on.get(piece.type);
        if (handler !== undefined) readOnly(() => this.#project(handler, piece));
      }
    } catch (thrown) {
      for (const [entry, row] of undo.reverse()) entry.row = row;
      throw thrown;
    } finally {
      this.#undo = undefined;
    }
  }

  #fail(event: RecordedEvent, error: unknown): void {
    const letter = letterOf(event, error);
    if (this.projection.onError === 'skip') {
      // Said once: nothing else tells.
      if (!this.#hasSkipped) console.warn(`annals: projection ${JSON.stringify(this.projection.name)} skips event ${letter.position}, and whatever else it fails over: ${letter.message}`);
      this.#hasSkipped = true;
      this.#skipped.push(letter);
      return;
    }
    this.thrown = error;
    this.#fault = letter;
  }

  #project(handler: (row: unknown, event: unknown) => unknown, event: RecordedEvent): void {
    const { key } = this.projection;
    const keys = key === undefined ? event.streamId : key(event);
    if (typeof keys === 'string') return this.#put(checkedKey(keys), this.#next(handler, keys, event));
    if (keys === null) return;
    if (!Array.isArray(keys)) throw invalidArgument('key', 'a text, an array of texts, or null', describe(keys));
    // All of them, or none: what fails over one row has changed no other.
    const distinct = [...new Set(Array.from(keys, checkedKey))];
    const rows = distinct.map((one) => this.#next(handler, one, event));
    distinct.forEach((one, n) => this.#put(one, rows[n]));
  }

  #next(handler: (row: unknown, event: unknown) => unknown, key: string, event: RecordedEvent): unknown {
    const row = this.get(key);
    const next = this.#isDevelopment ? this.#again(() => handler(row, event), event.type, row) : handler(row, event);
    if (next !== row) checkRow(next);
    return this.#isDevelopment ? frozen(next) : next;
  }

  /** In development, asks a second time: what is made of the same has to be the same. */
  #again<T>(call: () => T, type: string, row: unknown): T {
    const before = shown(row);
    const made = call();
    const [first, after, second] = [shown(made), shown(row), shown(call())];
    if (before !== after) throw this.#impure(`on.${type} changed the row that it was given`, before, after);
    if (first !== second) throw this.#impure(`on.${type} made two things of the same: what it looks at outside is no part of the history`, first, second);
    return made;
  }

  #impure(why: string, one: string, other: string): Error {
    return new Error(`projection ${JSON.stringify(this.projection.name)}: ${why}\n\n${difference(one, other)}`);
  }

  #put(key: string, next: unknown): void {
    if (next === undefined) return;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (next === null) return;
      entry = { key, row: undefined, slot: NO_SLOT, page: 0, before: undefined };
      this.#entries.set(key, entry);
    }
    if (entry.page !== this.#page) {
      entry.page = this.#page;
      entry.before = entry.row;
      this.#touched.push(entry);
    }
    this.#undo?.push([entry, entry.row]);
    entry.row = next === null ? undefined : next;
  }

  /** Ends a page, and says what it has done. */
  end(): Folded {
    const [skipped, fault] = [this.#skipped, this.#fault];
    this.#skipped = [];
    this.#fault = undefined;
    this.#page++;
    const changed: number[] = [];
    const added: number[] = [];
    const keys: string[] = [];
    const gone: number[] = [];
    // Slots that become free are given again from the next page on, so that none is both gone and new.
    const freed: number[] = [];
    for (const entry of this.#touched) {
      const { key, row, before, slot } = entry;
      entry.before = undefined;
      if (row === before) {
        if (row === undefined) this.#entries.delete(key);
      } else if (row === undefined) {
        this.#entries.delete(key);
        this.#slots[slot] = undefined;
        freed.push(slot);
        gone.push(slot);
      } else if (before === undefined) {
        added.push(this.#give(entry));
        keys.push(key);
      } else {
        changed.push(slot);
      }
    }
    // One by one: there may be more of them than a call can take arguments.
    for (const slot of freed) this.#free.push(slot);
    this.#touched = [];
    return { changed, added, keys, gone, skipped, fault };
  }

  #give(entry: Entry): number {
    entry.slot = this.#free.pop() ?? this.#slots.length;
    this.#slots[entry.slot] = entry;
    return entry.slot;
  }

  /** One field of some rows, as JSON: `{}` where there is none, `[]` for what is no plain value. */
  fields(slots: Uint32Array, path: string): string {
    const names = path.split('.');
    const column = new Array<unknown>(slots.length);
    for (let n = 0; n < slots.length; n++) {
      column[n] = fieldOf(this.row(slots[n] as number), names);
    }
    return JSON.stringify(column);
  }

  /** Rows as they are now. */
  take(slots: Uint32Array): unknown[] {
    return Array.from(slots, (slot) => this.row(slot));
  }

  /** Adds rows that were saved. */
  read(keys: readonly string[], rows: readonly unknown[]): boolean {
    if (keys.length !== rows.length) return false;
    keys.forEach((key, n) => {
      const row = this.#isDevelopment ? frozen(rows[n]) : rows[n];
      const entry: Entry = { key, row, slot: NO_SLOT, page: 0, before: undefined };
      this.#entries.set(key, entry);
      this.#give(entry);
    });
    return true;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a field as {@link Generation.fields} writes it. A row that somebody has changed may hold anything, and throw. */
function fieldOf(row: unknown, names: readonly string[]): unknown {
  let value = row;
  try {
    for (const name of names) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  } catch {
    return {};
  }
  if (value === undefined) return {};
  return value === null || COMPARABLE.has(typeof value) ? value : [];
}

function checkedKey(key: unknown): string {
  if (typeof key === 'string' && isWellFormed(key)) return key;
  throw invalidArgument('key', 'a text of well-formed Unicode', typeof key === 'string' ? 'half of a surrogate pair alone' : describe(key));
}

function checkRow(row: unknown): void {
  if (row === undefined || row === null) return;
  const fault = faultOf(row);
  if (fault === undefined) return;
  const path = pathText('row', fault.path);
  throw annalsError('Serialization', `${path}: expected ${fault.expected}, found ${fault.found}`, { path, event: 0, expected: fault.expected, found: fault.found });
}

function letterOf({ position, streamId, type }: RecordedEvent, error: unknown): Letter {
  const message = messageOf(error);
  return { position, streamId, type, message: isWellFormed(message) ? message : JSON.stringify(message) };
}

/** Anything can be thrown: what has no text, or throws when it is asked for one, too. */
function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return 'something that has no message';
  }
}
