import { type Aggregate, definitionOf, functionsOf, type types } from '../aggregate.ts';
import { checkFunction, checkInteger, checkKeys, checkObject, checkText, checkWord, describe } from '../arguments.ts';
import { branded } from '../brand.ts';
import { invalidArgument } from '../errors.ts';
import type { Event, RecordedEvent } from '../event.ts';
import { type FieldPath, checkFieldPath } from './find.ts';

/** The rules of a view, made by {@link defineProjection}. */
export interface Projection<Row = unknown> {
  readonly name: string;
  readonly version: number;
  readonly [types]?: { readonly row: Row };
}

/** The rules by which events are folded into rows. All functions are pure: they look at nothing but what they are given, and change nothing. */
export interface ProjectionDefinition<Row, E extends Event> {
  /** The name of the view. */
  readonly name: string;
  /** At least 1. Another version, or other text of `key` and `on`, is folded anew; raise it when a helper that they call has changed. */
  readonly version: number;
  /** Aggregates, or categories of streams, whose events are looked at. Unless given, those of every stream. */
  readonly from?: readonly (Aggregate | string)[];
  /** The key of the row that an event is about; several for several rows, `null` for none. The stream's id, unless given. */
  readonly key?: (event: RecordedEvent<E>) => string | readonly string[] | null;
  /** Fields of a row that are looked up often, as paths (`'address.city'`), at most three deep. */
  readonly indexes?: readonly FieldPath<Row>[];
  /**
   * One function for each type of event: the row after it, `null` for none any more, `undefined` when nothing changes. A row is JSON. Events of
   * other types are skipped, unread.
   */
  readonly on: { readonly [K in E['type']]?: (row: Row | undefined, event: RecordedEvent<Extract<E, { type: K }>>) => Row | null | undefined };
  /**
   * When a function throws: `'stop'`, the default, keeps the view at its last good state and says so; `'skip'` puts the event down as a dead
   * letter and goes on.
   */
  readonly onError?: 'stop' | 'skip';
}

type Handler = (row: unknown, event: unknown) => unknown;

/** A definition as the engine uses it, whatever its types. */
export interface AnyProjection {
  readonly name: string;
  readonly version: number;
  /** None for every stream. */
  readonly categories: ReadonlySet<string> | undefined;
  readonly key: ((event: unknown) => unknown) | undefined;
  readonly indexes: readonly string[];
  readonly on: ReadonlyMap<string, Handler>;
  readonly onError: 'stop' | 'skip';
}

const DEFINITION_KEYS: ReadonlySet<string> = new Set(['name', 'version', 'from', 'key', 'indexes', 'on', 'onError']);

const definitions = new WeakMap<Projection, AnyProjection>();

/**
 * Defines a view. The row comes first, then what it is made of: `defineProjection<Balance, AccountEvent>({ … })`.
 *
 * @throws {AnnalsError} `InvalidArgument`
 */
export function defineProjection<Row = unknown>(definition: ProjectionDefinition<Row, Event>): Projection<Row>;
export function defineProjection<Row, E extends Event>(definition: ProjectionDefinition<Row, E>): Projection<Row>;
export function defineProjection<Row, E extends Event>(definition: ProjectionDefinition<Row, E>): Projection<Row> {
  checkObject('definition', definition);
  checkKeys('definition', definition, DEFINITION_KEYS);
  const { name, version, from, key, indexes, on, onError } = definition;
  checkText('definition.name', name);
  if (name === '') throw invalidArgument('definition.name', 'a name that is not empty', 'an empty text');
  if (version === undefined) throw invalidArgument('definition.version', 'an integer of at least 1', 'nothing');
  checkInteger('definition.version', version, 1);
  checkFunction('definition.key', key);
  checkWord('definition.onError', onError, ['stop', 'skip']);
  const handlers = functionsOf<Handler>('definition.on', on as Readonly<Record<string, unknown>>);
  if (Object.keys(handlers).length === 0) throw invalidArgument('definition.on', 'a function for at least one type of event', 'none');
  const projection: Projection<Row> = branded({ name, version });
  const checked: AnyProjection = {
    name,
    version,
    categories: from === undefined ? undefined : categoriesOf(from),
    key: key as AnyProjection['key'],
    indexes: indexesOf(indexes ?? []),
    on: new Map(Object.entries(handlers)),
    onError: onError ?? 'stop',
  };
  definitions.set(projection, Object.freeze(checked));
  return projection;
}

/** What a projection was defined as; undefined for what `defineProjection` has not made. */
export function projectionOf(projection: unknown): AnyProjection | undefined {
  return typeof projection === 'object' && projection !== null ? definitions.get(projection as Projection) : undefined;
}

/** The text of the functions that rows are made by, and what decides which events they get: another text is another version. */
export function textOf({ categories, key, on }: AnyProjection): string {
  const handlers = [...on].sort(([one], [other]) => (one < other ? -1 : 1)).flat();
  return [...(categories ?? ['*']), key, ...handlers].join('\n');
}

function categoriesOf(from: unknown): ReadonlySet<string> {
  if (!Array.isArray(from)) throw invalidArgument('definition.from', 'an array of aggregates and categories', describe(from));
  if (from.length === 0) throw invalidArgument('definition.from', 'at least one aggregate or category, or nothing for all', 'none');
  return new Set(
    Array.from(from, (one: unknown, n) => {
      const aggregate = definitionOf(one);
      if (aggregate !== undefined) return aggregate.name;
      if (typeof one !== 'string' || one === '' || one.includes('-')) {
        throw invalidArgument(`definition.from[${n}]`, 'an aggregate, or a category of streams (without -)', describe(one));
      }
      return one;
    }),
  );
}

function indexesOf(indexes: unknown): readonly string[] {
  if (!Array.isArray(indexes)) throw invalidArgument('definition.indexes', 'an array of paths', describe(indexes));
  const paths: readonly unknown[] = [...indexes];
  paths.forEach((path, n) => checkFieldPath(`definition.indexes[${n}]`, path));
  return [...new Set(paths as readonly string[])];
}
