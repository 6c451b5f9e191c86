import { fetchedEngine } from './engine/load.ts';
import { deleteStoreOn, openStoreOn } from './opening.ts';
import type { Store } from './store.ts';
import type { StoreOptions } from './store-options.ts';

/**
 * Opens a store; creates it when there is none. The same name may be opened many times, in one page or in many: each is a store
 * of its own and sees the others' events.
 *
 * @throws {AnnalsError} `InvalidArgument`, `StorageUnavailable`, `StorageBlocked`, `StorageCorrupt` (damaged, somebody else's, or of
 * a newer format; nothing was touched), `QuotaExceeded`, `StorageFailed`, `Closed` (deleted meanwhile: open again), `Aborted`, `EngineFailed`
 */
export function openStore(options: StoreOptions): Promise<Store> {
  return openStoreOn(fetchedEngine, options);
}

/**
 * Deletes the store of a name and all its events, for good. Stores that are open on it, here and in other tabs, get a `'lost'`
 * notice, and later calls on them are `Closed`. A name without a store is fine.
 *
 * @throws {AnnalsError} `InvalidArgument`, `StorageUnavailable`, `StorageBlocked` (an older tab does not let go), `StorageFailed`
 */
export function deleteStore(name: string): Promise<void> {
  return deleteStoreOn(fetchedEngine, name);
}
