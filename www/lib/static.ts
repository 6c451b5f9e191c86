/**
 * annals with its engine: one module with static imports only, for service workers, which know no `import()`. Importing this starts nothing.
 *
 * @module
 */
import { createGlue } from '#engine/glue';
import { wasmBase64 } from '#engine/wasm';
import type { EngineParts } from './engine/load.ts';
import { unpacked } from './engine/packed.ts';
import { deleteStoreOn, openStoreOn } from './opening.ts';
import type { Store } from './store.ts';
import type { StoreOptions } from './store-options.ts';

export * from './api.ts';

const carriedEngine = async (): Promise<EngineParts> => ({ createGlue, wasm: unpacked(wasmBase64) });

/**
 * Opens a store; creates it when there is none. The same name may be opened many times, in one page or in many: each is a store
 * of its own and sees the others' events.
 *
 * @throws {AnnalsError} `InvalidArgument`, `StorageUnavailable`, `StorageBlocked`, `StorageCorrupt` (damaged, somebody else's, or of
 * a newer format; nothing was touched), `QuotaExceeded`, `StorageFailed`, `Closed` (deleted meanwhile: open again), `Aborted`, `EngineFailed`
 */
export function openStore(options: StoreOptions): Promise<Store> {
  return openStoreOn(carriedEngine, options);
}

/**
 * Deletes the store of a name and all its events, for good. Stores that are open on it, here and in other tabs, get a `'lost'`
 * notice, and later calls on them are `Closed`. A name without a store is fine.
 *
 * @throws {AnnalsError} `InvalidArgument`, `StorageUnavailable`, `StorageBlocked` (an older tab does not let go), `StorageFailed`
 */
export function deleteStore(name: string): Promise<void> {
  return deleteStoreOn(carriedEngine, name);
}
