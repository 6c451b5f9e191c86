import type { StreamWrite } from '../append.ts';
import { checkKeys, checkObject, describe } from '../arguments.ts';
import { checkJson } from '../append-queue.ts';
import { annalsError, invalidArgument } from '../errors.ts';
import type { Metadata, NewEvent } from '../event.ts';
import type { Store } from '../store.ts';
import { type CommandContext, type CommandHandler, handleOf, type QueryContext, type QueryHandler } from './handlers.ts';

const MESSAGE_KEYS: ReadonlySet<string> = new Set(['type', 'data', 'metadata']);

type Handler = CommandHandler | QueryHandler;
type Message = { readonly type: string; readonly metadata?: Metadata };

/** Takes commands and queries to their handlers. */
export class Bus {
  readonly #store: Store;
  readonly #commands: ReadonlyMap<string, CommandHandler>;
  readonly #queries: ReadonlyMap<string, QueryHandler>;

  constructor(store: Store, commands: readonly CommandHandler[], queries: readonly QueryHandler[]) {
    this.#store = store;
    this.#commands = new Map(commands.map((handler) => [handler.type, handler]));
    this.#queries = new Map(queries.map((handler) => [handler.type, handler]));
  }

  /** `args`: a handler and its command, or a command alone. */
  async send(args: readonly unknown[]): Promise<unknown> {
    const [handler, command] = this.#route('command', this.#commands, args);
    return handleOf('command', handler)?.(command, commandContext(this.#store, command.metadata ?? {}));
  }

  /** `args`: a handler and its query, or a query alone. */
  async query(args: readonly unknown[]): Promise<unknown> {
    const [handler, query] = this.#route('query', this.#queries, args);
    return handleOf('query', handler)?.(query, queryContext(this.#store, query.metadata ?? {}));
  }

  #route(kind: 'command' | 'query', handlers: ReadonlyMap<string, Handler>, args: readonly unknown[]): [Handler, Message] {
    const [first, second] = args;
    const isRouted = args.length < 2;
    // A handler has a type, as its messages do.
    if (isRouted && typeof first === 'object' && first !== null && handleOf(kind, first) !== undefined) throw invalidArgument(kind, `a ${kind} beside its handler`, 'the handler alone');
    const message = checkMessage(kind, isRouted ? first : second);
    if (!isRouted) {
      const given = first as Handler;
      const isKnown = typeof given === 'object' && given !== null && handlers.get(given.type) === given;
      if (!isKnown) {
        const option = kind === 'command' ? 'commandHandlers' : 'queryHandlers';
        throw invalidArgument('handler', `a handler that was given to openStore in \`${option}\` (${listed(handlers)})`, describe(given));
      }
      if (given.type !== message.type) throw invalidArgument(`${kind}.type`, JSON.stringify(given.type), describe(message.type));
    }
    const handler = handlers.get(message.type);
    if (handler !== undefined) return [handler, message];
    const known = [...handlers.keys()];
    throw annalsError('HandlerNotFound', `expected a ${kind} that there is a handler for (${listed(handlers)}), found ${JSON.stringify(message.type)}`, { known });
  }
}

function listed(handlers: ReadonlyMap<string, Handler>): string {
  return handlers.size === 0 ? 'there is none' : [...handlers.keys()].join(', ');
}

function checkMessage(kind: string, message: unknown): Message {
  checkObject(kind, message);
  checkKeys(kind, message, MESSAGE_KEYS);
  const { type, metadata } = message;
  if (typeof type !== 'string') throw invalidArgument(`${kind}.type`, 'a text', describe(type));
  if (metadata !== undefined) {
    checkObject(`${kind}.metadata`, metadata);
    checkJson(`${kind}.metadata`, metadata, 0);
  }
  return message as unknown as Message;
}

function commandContext(store: Store, metadata: Metadata): CommandContext {
  const marked = <E extends NewEvent>(events: readonly E[]): readonly E[] =>
    Array.isArray(events) && Object.keys(metadata).length > 0 ? events.map((event: E) => (isPlain(event) ? { ...event, metadata: over(metadata, event.metadata) } : event)) : events;
  const context: CommandContext = {
    metadata,
    load: (aggregate, id, options) => store.load(aggregate, id, options),
    dispatch: (aggregate, id, command, options) => {
      const own = isPlain(command) && isPlain(command.metadata) ? { ...metadata, ...command.metadata } : metadata;
      return store.dispatch(aggregate, id, command, { ...options, metadata: over(own, options?.metadata) });
    },
    append: (streamId, events, options) => store.append(streamId, marked(events as readonly NewEvent[]), options),
    appendMany: (writes, options) => store.appendMany(Array.isArray(writes) ? writes.map((write: StreamWrite) => (isPlain(write) ? { ...write, events: marked(write.events) } : write)) : writes, options),
    readAll: (options) => store.readAll(options),
    view: (projection) => store.view(projection),
    query: store.query.bind(store) as CommandContext['query'],
  };
  return Object.freeze(context);
}

function queryContext(store: Store, metadata: Metadata): QueryContext {
  const context: QueryContext = {
    metadata,
    load: (aggregate, id, options) => store.load(aggregate, id, options),
    view: (projection) => store.view(projection),
  };
  return Object.freeze(context);
}

/** Metadata over those of the command. What are none go on as they are: whoever gets them says so. */
function over(metadata: Metadata, own: unknown): Metadata {
  if (own === undefined) return metadata;
  return isPlain(own) && !Array.isArray(own) ? { ...metadata, ...own } : (own as Metadata);
}

/** What is wrong with what is none is said where it is used. */
function isPlain(value: unknown): value is { readonly metadata?: Metadata } {
  return typeof value === 'object' && value !== null;
}
