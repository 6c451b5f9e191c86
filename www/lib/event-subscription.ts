import type { EngineSubscription } from '#engine/glue';
import type { Session } from './engine/session.ts';
import { isAnnalsError } from './errors.ts';
import type { RecordedEvent } from './event.ts';
import { release } from './engine/release.ts';
import { eventsOf, type Page } from './event-page.ts';
import type { Subscription } from './subscribe.ts';
import type { Reading } from './upcasting/reading.ts';

/** What is called with each event; when it answers with a promise, the next event waits for it. */
export type EventHandler = (event: RecordedEvent) => unknown;

/** What a subscription is made with. */
export interface SubscriptionContext {
  readonly handler: EventHandler;
  readonly reading: Reading;
  /** Where it begins; absent for the head, which the engine will know. */
  readonly position: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A subscription that asks the engine for a page, and hands its events on one by one. */
export class PagedSubscription implements Subscription {
  readonly caughtUp: Promise<void>;
  readonly closed: Promise<unknown>;
  readonly #session: Session;
  readonly #engine: EngineSubscription;
  readonly #handler: EventHandler;
  readonly #reading: Reading;
  #position: number | undefined;
  #isClosed = false;
  /** Why the store ended it. */
  #ended: { readonly error: unknown } | undefined;
  #setCaughtUp: () => void = () => {};

  constructor(session: Session, engine: EngineSubscription, { handler, reading, position, signal }: SubscriptionContext) {
    this.#session = session;
    this.#engine = engine;
    this.#handler = handler;
    this.#reading = reading;
    this.#position = position;
    this.caughtUp = new Promise((resolve) => (this.#setCaughtUp = resolve));
    const onAbort = (): void => this.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) this.close();
    this.closed = this.#follow().finally(() => {
      signal?.removeEventListener('abort', onAbort);
      this.#isClosed = true;
      this.#setCaughtUp();
      release(engine);
    });
  }

  get position(): number {
    return this.#position ?? 0;
  }

  /** The store ends it: the event that is being handled is the last. */
  end(error: unknown): void {
    this.#ended ??= { error };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#session.now(() => this.#engine.close());
    } catch {
      // The engine has failed, which ends the subscription as well.
    }
  }

  /** Answers with the error that ended it, or `undefined` when it was asked to end. */
  async #follow(): Promise<unknown> {
    try {
      while (!this.#isClosed && this.#ended === undefined) {
        const page = (await this.#session.call(() => this.#engine.next())) as Page | undefined;
        this.#position ??= this.#engine.start;
        if (page === undefined) this.#setCaughtUp();
        else await this.#handle(eventsOf(page));
      }
      return this.#isClosed ? undefined : this.#ended?.error;
    } catch (error) {
      return this.#isClosed && isAnnalsError(error, 'Closed') ? undefined : error;
    }
  }

  async #handle(events: readonly RecordedEvent[]): Promise<void> {
    for (const event of events) {
      if (this.#isClosed || this.#ended !== undefined) return;
      for (const piece of this.#piecesOf(event)) {
        if (this.#isClosed || this.#ended !== undefined) return;
        try {
          const handled = this.#handler(piece);
          // A handler that answers at once costs no turn of the microtask queue.
          if (isThenable(handled)) await handled;
        } catch (error) {
          throw this.#told(event, 'its handler threw', error);
        }
      }
      this.#position = event.position;
    }
  }

  #piecesOf(event: RecordedEvent): readonly RecordedEvent[] {
    try {
      return this.#reading.piecesOf(event);
    } catch (error) {
      throw this.#told(event, 'the event cannot be read', error);
    }
  }

  /** `closed` tells, but few look there, and updates that just stop are hard to find out about. */
  #told({ position }: RecordedEvent, why: string, error: unknown): unknown {
    console.error(`annals: a subscription has ended at position ${position}, because ${why}`, error);
    return error;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
