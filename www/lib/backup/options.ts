import type { Query } from '../append.ts';
import type { Progress } from '../store-options.ts';

/** What to export. */
export interface ExportOptions {
  /** Only events after this position; default 0. */
  readonly after?: number | undefined;
  /** Only events that match. */
  readonly query?: Query | undefined;
  /**
   * Default `'stored'`: events as they are stored, which can be imported again. `'current'`: as the upcasters of the store make them, for analysis; such a file
   * is not imported.
   */
  readonly as?: 'stored' | 'current' | undefined;
  /** Ends the export: the stream fails with `Aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far it is, in positions. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Where an import comes from: a response's `body`, a file that somebody has chosen, another store's export. */
export type ImportSource = ReadableStream<Uint8Array | string> | Blob;

/** How to import. */
export interface ImportOptions {
  /** Ends the import after the batch that is being stored; what was imported stays. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far it is, in positions of the file. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What an import did. */
export interface ImportReport {
  /** Events of the file. */
  readonly lines: number;
  /** Those of them that this import has stored. */
  readonly stored: number;
  /** Those that had been stored before. */
  readonly duplicates: number;
  /** Whether all of them stand where they stood, with their positions, revisions and times. */
  readonly restored: boolean;
  /** The position of the store's newest event. */
  readonly head: number;
}
