import type { Progress } from './store-options.ts';

/** How to merge. */
export interface MergeOptions {
  /** Ends the merging after the step that is under way; what was merged stays merged. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: Progress) => void;
}

/** What merging did. */
export interface MergeReport {
  /** Steps, each one transaction that takes the place of some records. */
  readonly steps: number;
  /** Events that were written, each time that they were. */
  readonly events: number;
  /** Bytes of the records that were replaced. */
  readonly bytesRead: number;
  /** Bytes of the records that took their place. */
  readonly bytesWritten: number;
  /** The longest time that any step of this store, in the background too, has kept the page busy without a pause, in ms. */
  readonly longestStepMs: number;
}
