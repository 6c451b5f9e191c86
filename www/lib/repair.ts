/** Events that cannot be read any more. Their positions stay theirs: nothing else is ever stored there. */
export interface LostEvents {
  /** The position of the first. */
  readonly first: number;
  /** The position of the last. */
  readonly last: number;
  /** Their streams, as far as anything still tells. */
  readonly streams: readonly string[];
  /** What was wrong. */
  readonly detail: string;
}

/** What a repair did. */
export interface RepairReport {
  /** Events that cannot be read any more; empty when nothing was damaged, or nothing that could not be made again. */
  readonly lost: readonly LostEvents[];
  /** How many damaged records were set aside. They are kept as they are. */
  readonly setAside: number;
  /** Whether the layout or the index was made again from the events. */
  readonly rebuilt: boolean;
}
