import { checkOptions, checkSignal, describe } from '../arguments.ts';
import { invalidArgument } from '../errors.ts';
import { safely } from '../safely.ts';
import type { Invalidate } from './view.ts';

/** How long somebody listens. */
interface ListenOptions {
  readonly signal: AbortSignal | undefined;
  /** Is called once, when it has ended. */
  readonly ended?: () => void;
}

/** Who is told of something. One that throws is the page's error, and the others are still told. */
export class Listeners<T> {
  /** Each with what ends it. */
  readonly #all: Map<(value: T) => void, () => void> = new Map();

  get size(): number {
    return this.#all.size;
  }

  /** Tells a listener now, and from now on; answers with the function that ends it. A signal that is aborted already begins nothing. */
  add(listener: (value: T) => void, now: T, { signal, ended }: ListenOptions): () => void {
    if (signal?.aborted) return () => {};
    // A listener of its own for each call, so that one function listening twice is told twice and removed once.
    const own = (value: T): void => listener(value);
    const end = (): void => {
      if (!this.#all.delete(own)) return;
      signal?.removeEventListener('abort', end);
      ended?.();
    };
    this.#all.set(own, end);
    signal?.addEventListener('abort', end, { once: true });
    safely(() => own(now));
    return end;
  }

  tell(value: T): void {
    for (const listener of [...this.#all.keys()]) {
      // One that was told before it may have ended it.
      if (this.#all.has(listener)) safely(() => listener(value));
    }
  }

  /** Nobody listens any more. */
  end(): void {
    for (const end of [...this.#all.values()]) end();
  }
}

/** The options of a subscription. Svelte gives a function in their place. */
export function listenOptions<O extends object>(options: O | Invalidate | undefined, known: ReadonlySet<string>): Partial<O> {
  if (options === undefined || typeof options === 'function') return {};
  checkOptions('options', options, known);
  return options;
}

/** Refuses what cannot listen. */
export function checkListener(listener: unknown, signal: unknown): void {
  if (typeof listener !== 'function') throw invalidArgument('listener', 'a function', describe(listener));
  checkSignal('options.signal', signal);
}
