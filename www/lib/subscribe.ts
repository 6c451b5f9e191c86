import type { Query } from './append.ts';

/** Which events to follow. */
export interface SubscribeOptions {
  /** A position, or `'head'` for what comes from now on. Default 0: all events. */
  readonly after?: number | 'head';
  readonly query?: Query;
}

/** How to follow them. */
export interface SubscriptionOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
}

/** A subscription: each matching event once, in order, first those that are there and then those that come. */
export interface Subscription {
  /** The position of the last event that was handled; before the first, where the subscription began. */
  readonly position: number;
  /** Settles when all that was stored at the beginning has been handled, or the subscription has ended. */
  readonly caughtUp: Promise<void>;
  /** Settles when the subscription has ended: with the error that ended it, or `undefined`. Never rejects. */
  readonly closed: Promise<unknown>;
  /** Ends the subscription. The event that is being handled is the last. */
  close(): void;
}
