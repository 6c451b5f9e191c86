import type { Aggregate } from './aggregate.ts';
import { type AggregateHost, hostOf } from './aggregate-host.ts';
import { checkJson, requestOfCondition, requestOfExpected, stringify } from './append-queue.ts';
import { checkInteger, checkKeys, checkObject, checkOptions, checkSignal, checkText, describe } from './arguments.ts';
import { Asked } from './asked.ts';
import { madeElsewhere } from './brand.ts';
import { broken, CommandQueue, type CommandRequest } from './command-queue.ts';
import { copyOf } from './copy.ts';
import type { AsOf, DispatchOptions, DispatchResult, LoadOptions, LoadResult } from './dispatch.ts';
import type { Session } from './engine/session.ts';
import { aborted, type AnnalsError, invalidArgument } from './errors.ts';
import { newEventId } from './event-id.ts';
import type { Page } from './event-page.ts';
import { placed } from './upcasting/placing.ts';
import type { Upcasters } from './upcasting/upcasters.ts';

const COMMAND_KEYS: ReadonlySet<string> = new Set(['type', 'data', 'metadata']);
const DISPATCH_KEYS: ReadonlySet<string> = new Set(['expectedRevision', 'condition', 'commandId', 'metadata', 'retries', 'signal']);
const LOAD_KEYS: ReadonlySet<string> = new Set(['asOf']);
const MOMENTS: ReadonlySet<string> = new Set(['revision', 'position', 'time']);

/** How `src/wasm/commanding.rs` marks what is no state, but what was thrown instead. */
const BROKEN = 2;

type Answer = readonly [kind: number, state: unknown, revision: unknown, head: unknown];

interface Registered {
  readonly host: AggregateHost;
  readonly number: number;
}

/** The aggregates of a store: commands go to the engine through here, and states come out. */
export class Commanding {
  readonly #session: Session;
  readonly #upcasters: Upcasters;
  readonly #queue: CommandQueue;
  readonly #registered: Map<Aggregate, Registered> = new Map();

  constructor(session: Session, upcasters: Upcasters) {
    this.#session = session;
    this.#upcasters = upcasters;
    this.#queue = new CommandQueue(session, upcasters);
  }

  /** Registers aggregates that {@link copyAggregates} has looked at. */
  register(aggregates: readonly Aggregate[], development: boolean): void {
    for (const aggregate of aggregates) {
      const host = hostOf(aggregate, development, this.#upcasters) as AggregateHost;
      this.#registered.set(aggregate, { host, number: this.#session.now((engine) => engine.register(host)) });
    }
  }

  dispatch(aggregate: Aggregate, id: string, command: unknown, options: DispatchOptions | undefined): Promise<DispatchResult<unknown>> {
    const { host, number } = this.#find(aggregate);
    checkText('id', id);
    checkCommand(host, command);
    const request = requestOf(command, options, this.#upcasters);
    // Copied now, for the caller's object is the caller's again when this returns.
    const own = { ...command, data: copyOf('command.data', (command as { data?: unknown }).data) };
    if (options?.signal?.aborted) throw aborted(options.signal);
    return this.#queue.push(host, number, id, new Asked(own, newEventId(), request === undefined), request);
  }

  async load(aggregate: Aggregate, id: string, options: LoadOptions | undefined): Promise<LoadResult<unknown>> {
    const { host, number } = this.#find(aggregate);
    checkText('id', id);
    checkOptions('options', options, LOAD_KEYS);
    const asOf = options?.asOf;
    if (asOf !== undefined) checkAsOf(asOf);
    // What was dispatched before comes first.
    this.#queue.flush();
    const [kind, state, revision, head] = (await this.#session.call((engine) => engine.load(number, id, asOf))) as unknown as Answer;
    if (kind === BROKEN) throw await placed(this.#session, broken(host, id, state));
    return { state, revision: revision as number, head: head as number };
  }

  /** Hands the commands that were gathered to the engine now. */
  flush(): void {
    this.#queue.flush();
  }

  /** Takes in what became of commands. */
  settle(numbers: Float64Array, values: readonly unknown[], page: Page | undefined): void {
    this.#queue.settle(numbers, values, page);
  }

  /** The engine has failed. */
  fail(error: AnnalsError): void {
    this.#queue.fail(error);
  }

  #find(aggregate: Aggregate): Registered {
    const found = this.#registered.get(aggregate);
    if (found !== undefined) return found;
    const names = [...this.#registered.keys()].map(({ name }) => name);
    const expected = `an aggregate that was given to openStore in \`aggregates\` (${names.length === 0 ? 'none was' : names.join(', ')})`;
    const { name } = (typeof aggregate === 'object' && aggregate !== null ? aggregate : {}) as { name?: unknown };
    const other = names.includes(name as string) ? `a different one of the name ${JSON.stringify(name)}` : JSON.stringify(name);
    throw invalidArgument('aggregate', expected, madeElsewhere(aggregate) ?? (typeof name === 'string' ? other : describe(aggregate)));
  }
}

/** Refuses what cannot be registered: what was not defined, and a name that comes twice. What was checked is what is used: a copy. */
export function copyAggregates(aggregates: unknown): readonly Aggregate[] {
  if (!Array.isArray(aggregates)) throw invalidArgument('options.aggregates', 'an array of aggregates', describe(aggregates));
  const names = new Set<string>();
  return Array.from(aggregates, (aggregate: unknown, n) => {
    const host = hostOf(aggregate, false);
    if (host === undefined) throw invalidArgument(`options.aggregates[${n}]`, 'an aggregate, made by defineAggregate', describe(aggregate));
    if (names.has(host.name)) throw invalidArgument(`options.aggregates[${n}].name`, 'a name that no other aggregate has', JSON.stringify(host.name));
    names.add(host.name);
    return aggregate as Aggregate;
  });
}

function checkCommand(host: AggregateHost, command: unknown): asserts command is { type: string; metadata?: unknown } {
  checkObject('command', command);
  checkKeys('command', command, COMMAND_KEYS);
  host.checkCommand(command.type);
}

/** Undefined for what most commands have: nothing beside them. */
function requestOf(command: { metadata?: unknown }, options: DispatchOptions | undefined, upcasters: Upcasters): CommandRequest | undefined {
  checkOptions('options', options, DISPATCH_KEYS);
  const { expectedRevision, condition, commandId, metadata, retries, signal } = options ?? {};
  if (options === undefined && command.metadata === undefined) return undefined;
  checkSignal('options.signal', signal);
  checkInteger('options.retries', retries, 0, 1_000_000);
  if (commandId !== undefined) checkText('options.commandId', commandId);
  const all = { ...(metadataOf('command.metadata', command.metadata) ?? {}), ...(metadataOf('options.metadata', metadata) ?? {}) };
  const [failIfEventsMatch, after] = condition === undefined ? [] : requestOfCondition(condition, upcasters);
  return {
    expectedRevision: expectedRevision === undefined ? undefined : requestOfExpected(-1, expectedRevision),
    condition: condition === undefined ? undefined : { failIfEventsMatch, after },
    commandId,
    metadata: stringify(all),
    retries,
  };
}

function metadataOf(argument: string, metadata: unknown): object | undefined {
  if (metadata === undefined) return undefined;
  checkObject(argument, metadata);
  checkJson(argument, metadata, 0);
  return metadata;
}

function checkAsOf(asOf: AsOf): void {
  checkObject('options.asOf', asOf);
  checkKeys('options.asOf', asOf, MOMENTS);
  const moments = Object.entries(asOf).filter(([, moment]) => moment !== undefined);
  if (moments.length !== 1) throw invalidArgument('options.asOf', 'one of revision, position and time', `${moments.length} of them`);
  for (const [key, moment] of moments) checkInteger(`options.asOf.${key}`, moment, 0);
}
