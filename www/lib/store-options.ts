import type { Aggregate } from './aggregate.ts';
import type { CommandHandler, QueryHandler } from './bus/handlers.ts';
import type { OnUnknown, Upcaster } from './upcasting/upcaster.ts';
import type { Projection } from './views/projection.ts';

/** How far some long work is, in events; of exports and imports, in positions. */
export interface Progress {
  readonly phase: 'open' | 'catchUp' | 'rebuild' | 'verify' | 'merge' | 'export' | 'import';
  /** Of a view, its name. */
  readonly name?: string;
  readonly done: number;
  readonly total: number;
}

/** How to open a store. */
export interface StoreOptions {
  /** One IndexedDB database per name. 1 to 512 bytes of UTF-8. */
  readonly name: string;
  /** Default `'indexeddb'`. There is no silent fallback. A memory store is private, and gone when it is closed. */
  readonly storage?: 'indexeddb' | 'memory';
  /**
   * Default `'strict'`: acknowledged means flushed to the device. `'relaxed'` survives a crash of the tab and the browser, not
   * of the machine.
   */
  readonly durability?: 'strict' | 'relaxed';
  /** The kinds of things that commands are dispatched to. Two of one name are refused. */
  readonly aggregates?: readonly Aggregate[];
  /** The rules of the views. Two of one name are refused. */
  readonly projections?: readonly Projection[];
  /** For decisions that span streams. Two of one type are refused. */
  readonly commandHandlers?: readonly CommandHandler[];
  /** For answers out of views and aggregates. Two of one type are refused. */
  readonly queryHandlers?: readonly QueryHandler[];
  /** How events are read that were stored in older forms. Two of one type are refused. */
  readonly upcasters?: readonly Upcaster[];
  /** What becomes of events of a version that is newer than the chain of their type knows. Default `'fail'`. */
  readonly onUnknown?: OnUnknown;
  /**
   * Default `'ready'`: the store is open when its views have taken in all that was stored. `'background'`: once
   * they show what was saved of them; then they go forward in steps until `View.ready`, and no append waits for them.
   */
  readonly views?: 'ready' | 'background';
  /**
   * Freezes states, rows and events, so that a function which changes what it is given throws, and calls `decide` and `evolve` twice: what they make
   * of the same has to be the same. Costs time; for development.
   */
  readonly development?: boolean;
  /** What the app knows to have been here, from a server, say. When less is found, the store opens with a `'lost'` notice. */
  readonly expect?: { readonly storeId: string; readonly head: number };
  /**
   * Sets damaged records aside before anything is read, so that a store that is refused with `StorageCorrupt` opens with what is left.
   * `Store.repaired` tells what was lost. No event is deleted. A store that is somebody else's, or of a newer format, is still refused.
   */
  readonly repair?: boolean;
  /** Is told how far opening is. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the opening. */
  readonly signal?: AbortSignal | undefined;
}
