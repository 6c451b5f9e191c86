import type { Command, types } from '../aggregate.ts';
import { checkText, describe } from '../arguments.ts';
import { branded } from '../brand.ts';
import { invalidArgument } from '../errors.ts';
import type { Metadata } from '../event.ts';
import type { Store } from '../store.ts';

/** Something that is asked: a type, in the words of the domain, and what is told of it. */
export type QueryMessage<T extends string = string, D = unknown> = Command<T, D>;

/** Decides on one type of command that no single aggregate owns; made by {@link defineCommandHandler}. */
export interface CommandHandler<C extends Command = Command, R = unknown> {
  readonly type: string;
  readonly [types]?: { readonly command: C; readonly result: R };
}

/** Answers one type of query; made by {@link defineQueryHandler}. */
export interface QueryHandler<Q extends QueryMessage = QueryMessage, R = unknown> {
  readonly type: string;
  readonly [types]?: { readonly query: Q; readonly result: R };
}

/**
 * What a command handler works with: the store, as far as a decision needs it, and the command's metadata, which are put under the metadata of every
 * event that is made through here.
 */
export interface CommandContext extends Pick<Store, 'load' | 'dispatch' | 'append' | 'appendMany' | 'readAll' | 'view' | 'query'> {
  readonly metadata: Metadata;
}

/** What a query handler works with: nothing that writes. */
export interface QueryContext extends Pick<Store, 'load' | 'view'> {
  readonly metadata: Metadata;
}

type Handle = (message: never, context: never) => unknown;

const commands = new WeakMap<object, Handle>();
const queries = new WeakMap<object, Handle>();

/**
 * Defines what is decided on a type of command, for decisions that span streams: a transfer of money, in one atomic append with a condition. What the
 * handler throws reaches whoever sent the command, as it is; it is never called again by itself.
 *
 * @throws {AnnalsError} `InvalidArgument`
 */
export function defineCommandHandler<C extends Command, R>(type: C['type'], handle: (command: C, context: CommandContext) => R | PromiseLike<R>): CommandHandler<C, Awaited<R>> {
  return defined(commands, type, handle);
}

/**
 * Defines the answer to a type of query, out of views and aggregates.
 *
 * @throws {AnnalsError} `InvalidArgument`
 */
export function defineQueryHandler<Q extends QueryMessage, R>(type: Q['type'], handle: (query: Q, context: QueryContext) => R | PromiseLike<R>): QueryHandler<Q, Awaited<R>> {
  return defined(queries, type, handle);
}

function defined(kind: WeakMap<object, Handle>, type: string, handle: Handle): { readonly type: string } {
  checkText('type', type);
  if (type === '') throw invalidArgument('type', 'a text that is not empty', 'an empty text');
  if (typeof handle !== 'function') throw invalidArgument('handler', 'a function', describe(handle));
  const handler = branded({ type });
  kind.set(handler, handle);
  return handler;
}

/** Refuses what cannot be registered: what was not defined as such, and a type that comes twice. What was checked is what is used: a copy. */
export function copyHandlers(argument: 'options.commandHandlers' | 'options.queryHandlers', handlers: unknown): readonly { readonly type: string }[] {
  const [kind, maker] = argument === 'options.commandHandlers' ? [commands, 'defineCommandHandler'] : [queries, 'defineQueryHandler'];
  if (!Array.isArray(handlers)) throw invalidArgument(argument, 'an array of handlers', describe(handlers));
  const seen = new Set<string>();
  return Array.from(handlers, (handler: unknown, n) => {
    const isKnown = typeof handler === 'object' && handler !== null && kind.has(handler);
    if (!isKnown) throw invalidArgument(`${argument}[${n}]`, `a handler, made by ${maker}`, describe(handler));
    const { type } = handler as { type: string };
    if (seen.has(type)) throw invalidArgument(`${argument}[${n}].type`, 'a type that no other handler has', JSON.stringify(type));
    seen.add(type);
    return handler as { readonly type: string };
  });
}

/** The function of a handler; undefined for what is none. */
export function handleOf(kind: 'command' | 'query', handler: object): ((message: unknown, context: unknown) => unknown) | undefined {
  return (kind === 'command' ? commands : queries).get(handler) as ((message: unknown, context: unknown) => unknown) | undefined;
}
