import { checkInteger, checkKeys, checkObject, checkText, checkWord, describe } from '../arguments.ts';
import { invalidArgument } from '../errors.ts';

/** A value that a field can be compared with. */
export type Comparable = string | number | boolean | null;

/** The names of the fields of a row, and of the objects in it: `'address.city'`, at most three deep. */
export type FieldPath<Row> = unknown extends Row ? string : Paths<Row, []>;

type Paths<T, Depth extends readonly 1[]> = T extends readonly unknown[]
  ? never
  : T extends object
    ? { [K in keyof T & string]: K | (Depth['length'] extends 2 ? never : Inner<K, NonNullable<T[K]>, Depth>) }[keyof T & string]
    : never;

type Inner<K extends string, T, Depth extends readonly 1[]> = Paths<T, [...Depth, 1]> extends infer P extends string ? `${K}.${P}` : never;

/** The value of a field of a row. */
export type FieldValue<Row, P extends string> = unknown extends Row
  ? unknown
  : P extends keyof Row
    ? Row[P]
    : P extends `${infer K}.${infer Rest}`
      ? K extends keyof Row
        ? FieldValue<NonNullable<Row[K]>, Rest>
        : unknown
      : unknown;

type Value<T> = unknown extends T ? Comparable : Extract<T, Comparable>;

/**
 * What is asked of a field; all of it has to hold. Values are compared within their kind only: `gt: 5` holds for no text, and nothing holds for a
 * field that is missing.
 */
export interface FieldTest<T extends Comparable = Comparable> {
  /** Equal. */
  readonly eq?: T;
  /** Greater. */
  readonly gt?: T;
  /** Greater or equal. */
  readonly gte?: T;
  /** Less. */
  readonly lt?: T;
  /** Less or equal. */
  readonly lte?: T;
  /** Equal to one of them. */
  readonly in?: readonly T[];
  /** Of a text, how it begins. */
  readonly startsWith?: string;
}

/** Which rows are meant: those for whose fields all of it holds. A value stands for `{ eq: value }`. */
export type Where<Row> = { readonly [P in FieldPath<Row>]?: Value<FieldValue<Row, P>> | FieldTest<Value<FieldValue<Row, P>>> };

/**
 * Which rows of a view, and in which order. Fields are ordered over all kinds: missing, `null`, `false`, `true`, numbers, texts by code points, and
 * last lists and objects, as equal. Rows whose fields are equal come by key, in code-point order, whichever the direction; without
 * `orderBy`, rows are ordered by key.
 */
export interface FindQuery<Row = unknown> {
  /** All rows, unless given. */
  readonly where?: Where<Row>;
  /** A field; the key, unless given. */
  readonly orderBy?: FieldPath<Row>;
  /** Default `'asc'`. */
  readonly direction?: 'asc' | 'desc';
  /** At most so many. */
  readonly limit?: number;
  /** Not the first of them. Default 0. */
  readonly offset?: number;
}

/** How an answer is come by. */
export interface Explanation {
  /** The index that is gone along; absent when all rows are gone through. */
  readonly index?: string;
  /** The fields that are looked up in row after row, for want of an index. */
  readonly scanned: readonly string[];
  /** Whether rows are put in order after they are found. */
  readonly sorted: boolean;
  /** How many rows are looked at. */
  readonly examined: number;
  /** How many are the answer. */
  readonly found: number;
}

const QUERY_KEYS: ReadonlySet<string> = new Set(['where', 'orderBy', 'direction', 'limit', 'offset']);
const COUNT_KEYS: ReadonlySet<string> = new Set(['where']);
const OPERATORS: ReadonlySet<string> = new Set(['eq', 'gt', 'gte', 'lt', 'lte', 'in', 'startsWith']);

/** As in `src/engine/views/field_path.rs`. */
const MAX_DEPTH = 3;

/** A query as the engine reads it (`src/wasm/requests/finding.rs`). */
export function queryText(query: unknown): string {
  if (query === undefined) return '{}';
  checkObject('query', query);
  checkKeys('query', query, QUERY_KEYS);
  const { where, orderBy, direction, limit, offset } = query;
  if (orderBy !== undefined) checkFieldPath('query.orderBy', orderBy);
  checkWord('query.direction', direction, ['asc', 'desc']);
  checkInteger('query.limit', limit, 0);
  checkInteger('query.offset', offset, 0);
  return JSON.stringify({ filter: filterOf(where), orderBy, descending: direction === 'desc', limit, offset: offset ?? 0 });
}

/** As {@link queryText}, of what is counted. */
export function countText(query: unknown): string {
  if (query === undefined) return '{}';
  checkObject('query', query);
  checkKeys('query', query, COUNT_KEYS);
  return JSON.stringify({ filter: filterOf(query.where) });
}

export function checkFieldPath(argument: string, path: unknown): asserts path is string {
  checkText(argument, path);
  const names = path.split('.');
  if (names.length <= MAX_DEPTH && !names.includes('')) return;
  throw invalidArgument(argument, `the names of a field, 1 to ${MAX_DEPTH} with points between them`, describe(path));
}

function filterOf(where: unknown): readonly (readonly [path: string, operator: string, operand: unknown])[] {
  if (where === undefined) return [];
  checkObject('query.where', where);
  return Object.entries(where).flatMap(([path, asked]) => {
    const argument = `query.where[${JSON.stringify(path)}]`;
    checkFieldPath(argument, path);
    if (asked === undefined) return [];
    if (isComparable(asked)) return [[path, 'eq', asked] as const];
    if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) {
      throw invalidArgument(argument, 'a text, a finite number, true, false, null, or tests', describe(asked));
    }
    checkKeys(argument, asked, OPERATORS);
    return Object.entries(asked)
      .filter(([, operand]) => operand !== undefined)
      .map(([operator, operand]) => [path, operator, checkedOperand(`${argument}.${operator}`, operator, operand)] as const);
  });
}

function checkedOperand(argument: string, operator: string, operand: unknown): unknown {
  if (operator === 'startsWith') checkText(argument, operand);
  else if (operator === 'in') {
    if (!Array.isArray(operand)) throw invalidArgument(argument, 'an array of values', describe(operand));
    // A copy has no holes: they would be null in JSON.
    [...operand].forEach((one: unknown, n) => checkComparable(`${argument}[${n}]`, one));
  } else checkComparable(argument, operand);
  return operand;
}

function checkComparable(argument: string, value: unknown): void {
  if (!isComparable(value)) throw invalidArgument(argument, 'a text, a finite number, true, false or null', describe(value));
}

function isComparable(value: unknown): value is Comparable {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}
