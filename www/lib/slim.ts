/**
 * annals without its wasm, for whoever serves `annals/engine.wasm` by itself: the browser compiles it while it loads, and keeps what it has compiled.
 * Importing this starts nothing.
 *
 * @module
 */
import { createGlue } from '#engine/glue';
import { describe } from './arguments.ts';
import type { EngineWasm } from './engine/engine-wasm.ts';
import type { EngineParts } from './engine/load.ts';
import { invalidArgument } from './errors.ts';
import { deleteStoreOn, openStoreOn } from './opening.ts';
import type { Store } from './store.ts';
import type { StoreOptions } from './store-options.ts';

export * from './api.ts';
export type { EngineWasm } from './engine/engine-wasm.ts';

/** The wasm, or what gets it: a function is asked when the first store is opened, and again after it has failed. */
export type WasmSource = EngineWasm | PromiseLike<EngineWasm> | (() => EngineWasm | PromiseLike<EngineWasm>);

let source: WasmSource | undefined;

/**
 * Says where the engine's wasm comes from; to be called before the first store is opened. All stores of a page share what is compiled first.
 *
 * @throws {AnnalsError} `InvalidArgument`
 */
export function setEngine(wasm: WasmSource): void {
  if (typeof wasm !== 'function' && (typeof wasm !== 'object' || wasm === null)) {
    throw invalidArgument('wasm', 'a Response, bytes, a WebAssembly.Module, a promise of one, or a function that gives one', describe(wasm));
  }
  source = wasm;
}

async function givenEngine(): Promise<EngineParts> {
  if (source === undefined) throw invalidArgument('engine', 'setEngine to be called before a store is opened', 'no engine');
  return { createGlue, wasm: await (typeof source === 'function' ? source() : source) };
}

/**
 * Opens a store; creates it when there is none. The same name may be opened many times, in one page or in many: each is a store
 * of its own and sees the others' events.
 *
 * @throws {AnnalsError} `InvalidArgument` (without `setEngine`, too), `StorageUnavailable`, `StorageBlocked`, `StorageCorrupt` (damaged, somebody else's,
 * or of a newer format; nothing was touched), `QuotaExceeded`, `StorageFailed`, `Closed` (deleted meanwhile: open again), `Aborted`, `EngineFailed`
 */
export function openStore(options: StoreOptions): Promise<Store> {
  return openStoreOn(givenEngine, options);
}

/**
 * Deletes the store of a name and all its events, for good. Stores that are open on it, here and in other tabs, get a `'lost'`
 * notice, and later calls on them are `Closed`. A name without a store is fine.
 *
 * @throws {AnnalsError} `InvalidArgument`, `StorageUnavailable`, `StorageBlocked` (an older tab does not let go), `StorageFailed`, `EngineFailed`
 */
export function deleteStore(name: string): Promise<void> {
  return deleteStoreOn(givenEngine, name);
}
