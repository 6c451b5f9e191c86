import type { Progress } from './store-options.ts';

/** What a store knows of its own size. */
export interface Diagnostics {
  readonly events: number;
  readonly streams: number;
  /** Records that hold the events and the index over them: at least one per commit, until they are merged. */
  readonly records: number;
  /** Merged segments; each has several records. */
  readonly segments: number;
  /** Bytes of all records, as stored. */
  readonly bytesStored: number;
  /** Bytes of records that are kept in memory. */
  readonly bytesCached: number;
  /** Bytes that merging has written since the store was opened. */
  readonly bytesMerged: number;
  /** Bytes of WebAssembly memory that this store's engine has; it never shrinks. */
  readonly bytesOfMemory: number;
  readonly durability: 'strict' | 'relaxed';
  /** Bytes that the browser would give this origin, as it says; absent where it does not say. */
  readonly quota?: number;
  /** Bytes that this origin uses, as the browser says: garbage and other databases count too. */
  readonly usage?: number;
  /** Whether the browser keeps the data even when room is short; absent where it does not say. */
  readonly persisted?: boolean;
}

/** Something that is wrong with what is stored. */
export interface Finding {
  /**
   * Bytes that are not what was written; events that are not there; records that contradict each other; events that a repair has
   * given up.
   */
  readonly kind: 'damaged' | 'missing' | 'inconsistent' | 'lost';
  /** The position of the first event that it concerns; 0 when it concerns none. */
  readonly position: number;
  /** The position of the last one. */
  readonly last: number;
  /** A sentence. */
  readonly detail: string;
}

/** What `verify` looked at, and what it found. */
export interface Verification {
  /** How many records were read. */
  readonly records: number;
  /** How many events are in them. */
  readonly events: number;
  /** How many bytes they are. */
  readonly bytes: number;
  /** What is wrong, at most the first thousand; empty when all is well. */
  readonly findings: readonly Finding[];
}

/** How to verify. */
export interface VerifyOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** Is told how far it is. */
  readonly onProgress?: (progress: Progress) => void;
}
