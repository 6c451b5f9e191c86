/** Events that have arrived and are not drawn yet: only the newest are kept, so that a flood costs no memory. */

import type { RecordedEvent } from 'annals';

export class Arrivals {
  readonly #limit: number;
  #events: RecordedEvent[] = [];
  #count = 0;

  /** `limit`: how many are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many have come, kept or not. */
  get count(): number {
    return this.#count;
  }

  add(event: RecordedEvent): void {
    this.#events.push(event);
    this.#count += 1;
    if (this.#events.length >= 2 * this.#limit) this.#events = this.#events.slice(-this.#limit);
  }

  /** Takes out what was kept, newest first, and whether that is all that came. */
  take(): { events: RecordedEvent[]; complete: boolean } {
    const events = this.#events.slice(-this.#limit).reverse();
    const complete = events.length === this.#count;
    this.clear();
    return { events, complete };
  }

  clear(): void {
    this.#events = [];
    this.#count = 0;
  }
}
