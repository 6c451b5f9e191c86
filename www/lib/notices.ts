import { safely } from './safely.ts';

/** What a `'lost'` notice tells. */
export interface Lost {
  /**
   * `'deleted'`: the store was deleted, or its data cleared, while it was open; later calls are `Closed`. `'behind'`: less is here than `expect`
   * says, or than this browser remembers of an earlier visit; the store is open and goes on with what is here. What the browser remembers is told
   * once.
   */
  readonly reason: 'deleted' | 'behind';
  readonly expected?: { readonly storeId: string; readonly head: number };
  readonly found?: { readonly storeId: string; readonly head: number };
}

/** The notices of a store's life, and what each tells. */
export interface NoticeDetails {
  /** Opening waits for another tab. */
  blocked: object;
  /** Newer code has taken over the store: reload the page. Later calls are `Closed`. */
  needsReload: object;
  /** Data that was here is not. */
  lost: Lost;
  /** The engine has failed: later calls are `EngineFailed`, and `openStore` works again. */
  failed: { readonly error: unknown };
  /**
   * The state of an aggregate cannot be kept as a snapshot: it would not come back the same from JSON. The aggregate works all the same, by
   * replay. Told once for each aggregate.
   */
  snapshotRefused: { readonly aggregate: string; readonly streamId: string; readonly reason: string };
  /** A view has stopped: its projection threw. It stays as it was before that event; other views go on. */
  projectionStopped: { readonly projection: string; readonly error: unknown };
  /** What was saved of a view could not be used, so it was folded anew while the store was opened. */
  viewRebuilt: { readonly projection: string; readonly reason: string };
}

/** The name of a notice. */
export type Notice = keyof NoticeDetails;

type Listener<N extends Notice> = (details: NoticeDetails[N]) => void;

/** Who is told of what. A notice that comes before anybody listens is kept for the first who does. */
export class Notices {
  readonly #listeners: Map<Notice, Set<Listener<Notice>>> = new Map();
  readonly #unheard: Map<Notice, NoticeDetails[Notice]> = new Map();

  on<N extends Notice>(notice: N, listener: Listener<N>): () => void {
    const listeners = this.#listeners.get(notice) ?? new Set();
    this.#listeners.set(notice, listeners);
    // A listener of its own for each call, so that one function listening twice is told twice and removed once.
    const own = (details: NoticeDetails[Notice]): void => listener(details as NoticeDetails[N]);
    listeners.add(own);
    const unheard = this.#unheard.get(notice);
    if (unheard !== undefined) {
      this.#unheard.delete(notice);
      queueMicrotask(() => listeners.has(own) && own(unheard));
    }
    return () => void listeners.delete(own);
  }

  tell<N extends Notice>(notice: N, details: NoticeDetails[N]): void {
    const listeners = [...(this.#listeners.get(notice) ?? [])];
    if (listeners.length === 0) this.#unheard.set(notice, details);
    for (const listener of listeners) safely(() => listener(details));
  }
}
