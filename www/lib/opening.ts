import { AppendQueue } from './append-queue.ts';
import { copyAggregates } from './commanding.ts';
import { checkBoolean, checkFunction, checkInteger, checkKeys, checkObject, checkSignal, checkText, checkWord, describe } from './arguments.ts';
import { copyHandlers } from './bus/handlers.ts';
import { cleanStart } from './chromium/clean-start.ts';
import { type EngineSource, instantiateEngine } from './engine/load.ts';
import { Session } from './engine/session.ts';
import { aborted, invalidArgument, isAnnalsError } from './errors.ts';
import { isUuid } from './event-id.ts';
import { EngineStore } from './engine-store.ts';
import { Mirror } from './mirror.ts';
import { Notices } from './notices.ts';
import type { Store } from './store.ts';
import type { StoreOptions } from './store-options.ts';
import { checkOnUnknown, copyUpcasters, Upcasters } from './upcasting/upcasters.ts';
import { copyProjections } from './views/views.ts';

const OPTION_KEYS: ReadonlySet<string> = new Set(['aggregates', 'projections', 'commandHandlers', 'queryHandlers', 'upcasters', 'onUnknown', 'views', 'development', 'name', 'storage', 'durability', 'expect', 'repair', 'onProgress', 'signal']);
const EXPECT_KEYS: ReadonlySet<string> = new Set(['storeId', 'head']);

const MAX_NAME_BYTES = 512;

/** Opens a store on an engine that comes from somewhere. */
export async function openStoreOn(engine: EngineSource, options: StoreOptions): Promise<Store> {
  const checked = checkStoreOptions(options);
  const { signal, onProgress } = checked;
  let thrown: { readonly error: unknown } | undefined;
  const tellProgress = (done: number, total: number): void => {
    try {
      onProgress?.({ phase: 'open', done, total });
    } catch (error) {
      thrown ??= { error };
    }
  };
  const throwIfAborted = (): void => {
    if (signal?.aborted) throw aborted(signal);
  };
  throwIfAborted();
  const started = checked.storage === 'memory' ? undefined : cleanStart();
  const glue = await instantiateEngine(engine, (error) => session.trapped(error));
  await started;
  throwIfAborted();

  const notices = new Notices();
  /** What the storage says before there is a store to hear it. */
  const early: string[] = [];
  let store: EngineStore | undefined;
  const session: Session = new Session(glue, {
    settle: (numbers, errors) => {
      queue.settle(numbers, errors);
      store?.settled();
    },
    settleCommands: (numbers, values, page) => store?.settleCommands(numbers, values, page),
    signal: (name) => {
      if (store) store.hear(name);
      else if (name === 'blocked') notices.tell('blocked', {});
      else early.push(name);
    },
    failed: (error) => store?.fail(error),
    refuseSnapshot: (streamId, why) => store?.refuseSnapshot(streamId, why),
    opening: tellProgress,
    isCancelled: () => thrown !== undefined || (signal?.aborted ?? false),
  });
  const upcasters = new Upcasters(checked.upcasters, checked.onUnknown, checked.development);
  const queue = new AppendQueue(session, upcasters);
  const opening = session.open(engineOptions(checked)).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const opened = await unlessAborted(opening, signal);
  if (opened === 'aborted') {
    // It cannot be called back: when it comes, it is let go.
    void opening.then((failed) => (failed === undefined ? session.call((engine) => engine.close()) : undefined));
    throw aborted(signal as AbortSignal);
  }
  if (opened === undefined) {
    store = new EngineStore(checked, { session, queue, upcasters, notices });
    for (const name of early) store.hear(name);
    await openViews(store, checked, (error) => (thrown ??= { error }));
  }
  // What the caller threw, or asked for, comes before what the engine says of being stopped.
  if (thrown !== undefined || signal?.aborted) await store?.close();
  if (thrown !== undefined) throw thrown.error;
  throwIfAborted();
  if (store === undefined) throw opened?.error;
  store.compare(checked.storage === 'memory' ? undefined : new Mirror(checked.name));
  return store;
}

/** Brings the views up to the log; in the background, unless they are to be ready first. What fails is told by each view. */
async function openViews(store: EngineStore, { views, onProgress, signal }: StoreOptions, onThrown: (error: unknown) => void): Promise<void> {
  let isWatched = true;
  const watch = (name: string, done: number, total: number): boolean => {
    try {
      if (isWatched) onProgress?.({ phase: 'catchUp', name, done, total });
    } catch (error) {
      isWatched = false;
      onThrown(error);
      return views === 'background';
    }
    return views === 'background' || !signal?.aborted;
  };
  if (views === 'background') await store.restoreViews();
  const opening = store.openViews(views === 'background', watch);
  if (views === 'background') return void opening.catch(() => {});
  try {
    await opening;
  } catch (error) {
    if (isAnnalsError(error, 'Aborted')) return; // What was thrown, or asked for, is told instead.
    await store.close();
    throw error;
  }
}

/** Deletes a store by an engine that comes from somewhere. */
export async function deleteStoreOn(engine: EngineSource, name: string): Promise<void> {
  checkName('name', name);
  const listener = { settle: () => {}, settleCommands: () => {}, signal: () => {}, failed: () => {}, refuseSnapshot: () => {}, opening: () => {}, isCancelled: () => false };
  const glue = await instantiateEngine(engine, (error) => session.trapped(error));
  const session: Session = new Session(glue, listener);
  await session.deleteStore(name);
  new Mirror(name).forget();
}

function checkStoreOptions(options: unknown): StoreOptions {
  checkObject('options', options);
  checkKeys('options', options, OPTION_KEYS);
  const { name, storage, durability, aggregates, projections, commandHandlers, queryHandlers, upcasters, onUnknown, views, development, expect, repair, onProgress, signal } = options;
  checkName('options.name', name);
  checkWord('options.storage', storage, ['indexeddb', 'memory']);
  checkWord('options.durability', durability, ['strict', 'relaxed']);
  checkWord('options.views', views, ['ready', 'background']);
  checkBoolean('options.development', development);
  checkBoolean('options.repair', repair);
  checkFunction('options.onProgress', onProgress);
  checkSignal('options.signal', signal);
  checkOnUnknown(onUnknown);
  if (expect !== undefined) checkExpect(expect);
  return {
    ...options,
    ...(aggregates === undefined ? {} : { aggregates: copyAggregates(aggregates) }),
    ...(projections === undefined ? {} : { projections: copyProjections(projections) }),
    ...(upcasters === undefined ? {} : { upcasters: copyUpcasters(upcasters) }),
    ...(commandHandlers === undefined ? {} : { commandHandlers: copyHandlers('options.commandHandlers', commandHandlers) }),
    ...(queryHandlers === undefined ? {} : { queryHandlers: copyHandlers('options.queryHandlers', queryHandlers) }),
  } as unknown as StoreOptions;
}

function checkName(argument: string, name: unknown): void {
  checkText(argument, name);
  const bytes = new TextEncoder().encode(name).length;
  if (bytes === 0 || bytes > MAX_NAME_BYTES) throw invalidArgument(argument, `1 to ${MAX_NAME_BYTES} bytes of UTF-8`, `${bytes} bytes`);
}

function checkExpect(expect: unknown): void {
  checkObject('options.expect', expect);
  checkKeys('options.expect', expect, EXPECT_KEYS);
  const { storeId, head } = expect;
  if (typeof storeId !== 'string' || !isUuid(storeId)) throw invalidArgument('options.expect.storeId', 'a UUID', describe(storeId));
  if (head === undefined) throw invalidArgument('options.expect.head', 'an integer of at least 0', 'nothing');
  checkInteger('options.expect.head', head, 0);
}

function engineOptions({ name, storage, durability, expect, repair }: StoreOptions): object {
  return { name, memory: storage === 'memory', relaxed: durability === 'relaxed', expect, repair: repair ?? false };
}

/** Waits for work, or until the signal is aborted. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | 'aborted'> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
