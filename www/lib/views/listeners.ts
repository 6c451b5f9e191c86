import { checkSignal, describe } from '../arguments.ts';
import { invalidArgument } from '../errors.ts';

/** Who is told of something. One that throws is the page's error, and the others are still told. */
export class Listeners<T> {
  readonly #all: Set<(value: T) => void> = new Set();

  get size(): number {
    return this.#all.size;
  }

  /** Tells a listener now, and from now on; answers with the function that ends it. */
  add(listener: (value: T) => void, now: T, signal: AbortSignal | undefined): () => void {
    if (signal?.aborted) return () => {};
    // A listener of its own for each call, so that one function listening twice is told twice and removed once.
    const own = (value: T): void => listener(value);
    const end = (): void => {
      this.#all.delete(own);
      signal?.removeEventListener('abort', end);
    };
    this.#all.add(own);
    signal?.addEventListener('abort', end, { once: true });
    tellSafely(own, now);
    return end;
  }

  tell(value: T): void {
    for (const listener of [...this.#all]) {
      // One that was told before it may have ended it.
      if (this.#all.has(listener)) tellSafely(listener, value);
    }
  }
}

/** Refuses what cannot listen. */
export function checkListener(listener: unknown, signal: unknown): void {
  if (typeof listener !== 'function') throw invalidArgument('listener', 'a function', describe(listener));
  checkSignal('options.signal', signal);
}

function tellSafely<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
