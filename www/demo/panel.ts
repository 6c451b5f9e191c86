/** What every part of the page has in common. */

import type { Store } from 'annals';

/** A part of the page that works with the open store. */
export interface Panel {
  /** Begins to work with this store; ends when the signal says that the store has gone. */
  attach(store: Store, gone: AbortSignal): void;
}
