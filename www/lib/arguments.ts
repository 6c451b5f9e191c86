import type { Query, QueryItem } from './append.ts';
import { madeElsewhere } from './brand.ts';
import { annalsError, invalidArgument } from './errors.ts';
import { isWellFormed } from './json.ts';

/** What a value is, in a word or two. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'undefined':
      return 'nothing';
    case 'string':
      return value.length > 80 ? `${JSON.stringify(value.slice(0, 80))}…` : JSON.stringify(value);
    case 'object':
      return madeElsewhere(value) ?? nameOf(value);
    case 'function':
      return 'a function';
    case 'bigint':
      return `the bigint ${value}n`;
    case 'number':
      return String(value);
    default:
      return String(value);
  }
}

function nameOf(object: object): string {
  const { constructor } = object as { constructor?: { name?: unknown } };
  const name = constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object';
}

/** Refuses what is not an object. */
export function checkObject(argument: string, value: unknown): asserts value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidArgument(argument, 'an object', describe(value));
}

/** Refuses a key that nobody knows: most often one that is misspelt. */
export function checkKeys(argument: string, value: object, known: ReadonlySet<string>): void {
  for (const key in value) {
    if (!known.has(key)) throw invalidArgument(`${argument}.${key}`, `one of ${[...known].join(', ')}`, 'an unknown key');
  }
}

/** Refuses what is not an object of known keys; absent is an empty one. */
export function checkOptions(argument: string, value: unknown, known: ReadonlySet<string>): void {
  if (value === undefined) return;
  checkObject(argument, value);
  checkKeys(argument, value, known);
}

/** Refuses what is not text that can be stored. */
export function checkText(argument: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw invalidArgument(argument, 'a text', describe(value));
  if (!isWellFormed(value)) throw invalidArgument(argument, 'well-formed Unicode', 'half of a surrogate pair alone');
}

/** Refuses what is not an integer in a range; absent is fine. */
export function checkInteger(argument: string, value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw invalidArgument(argument, most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`, describe(value));
  }
}

/** Refuses what is not one of some words; absent is fine. */
export function checkWord(argument: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || (typeof value === 'string' && words.includes(value))) return;
  throw invalidArgument(argument, words.map((word) => `'${word}'`).join(' or '), describe(value));
}

/** Refuses what is neither true nor false; absent is fine. */
export function checkBoolean(argument: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') throw invalidArgument(argument, 'true or false', describe(value));
}

/** Refuses what is not a function; absent is fine. */
export function checkFunction(argument: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw invalidArgument(argument, 'a function', describe(value));
}

/** Refuses what is not a signal; absent is fine. */
export function checkSignal(argument: string, value: unknown): asserts value is AbortSignal | undefined {
  if (value === undefined) return;
  const { aborted, addEventListener, removeEventListener } = (value ?? {}) as Partial<AbortSignal>;
  const isSignal = typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (!isSignal) throw invalidArgument(argument, 'an AbortSignal', describe(value));
}

/** Refuses what is not a list of texts, and copies it: what was checked is what is used. Absent is fine. */
export function copyTexts(argument: string, value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalidArgument(argument, 'an array of texts', describe(value));
  return Array.from(value, (text: unknown, n) => {
    checkText(`${argument}[${n}]`, text);
    return text;
  });
}

const QUERY_KEYS: ReadonlySet<string> = new Set(['items']);
const ITEM_KEYS: ReadonlySet<string> = new Set(['types', 'tags', 'streams', 'categories']);

/** Refuses what is not a query, and copies it, so that what the caller does to its own later changes nothing. */
export function copyQuery(argument: string, query: unknown): Query {
  checkObject(argument, query);
  checkKeys(argument, query, QUERY_KEYS);
  const { items } = query;
  if (!Array.isArray(items)) throw invalidArgument(`${argument}.items`, 'an array of items', describe(items));
  if (items.length === 0) throw invalidArgument(`${argument}.items`, 'at least one item (an empty item matches every event)', 'none');
  // Not `map`, which leaves holes as they are.
  return { items: Array.from(items, (item: unknown, n) => copyItem(`${argument}.items[${n}]`, item)) };
}

function copyItem(argument: string, item: unknown): QueryItem {
  checkObject(argument, item);
  checkKeys(argument, item, ITEM_KEYS);
  const copy: Record<string, readonly string[]> = {};
  for (const key of ITEM_KEYS) {
    const list = copyTexts(`${argument}.${key}`, item[key]);
    if (list !== undefined) copy[key] = list;
  }
  return copy;
}

/** Data or metadata that would not come back equal. */
export function notJson(path: string, event: number, expected: string, found: string): Error {
  const place = event === 0 ? path : `${path} of event ${event}`;
  return annalsError('Serialization', `${place}: expected ${expected}, found ${found}`, { path, event, expected, found });
}
