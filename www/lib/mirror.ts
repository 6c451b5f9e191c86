import { isUuid } from './event-id.ts';
import { whenHidden } from './leaving.ts';

/** Which store it was, and the position of its newest event. */
export interface Witness {
  readonly storeId: string;
  readonly head: number;
}

/** How long a head that has moved is not written down, in ms: what is forgotten by that is the newest, and only the warning is weaker. */
const DELAY_MS = 1000;

/**
 * What is remembered of a store outside its database: browsers have lost databases and their newest parts, and an empty one that takes the
 * place looks like a first visit. It is in `localStorage`, so workers have none; and where the browser clears everything of an origin, it goes
 * too.
 */
export class Mirror {
  readonly #key: string;
  #newest: Witness | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #unwatch: () => void;

  /** @param name of the store */
  constructor(name: string) {
    this.#key = `annals:${name}`;
    this.#unwatch = whenHidden(() => this.write());
  }

  read(): Witness | undefined {
    const [storeId = '', digits = ''] = (attempt((local) => local.getItem(this.#key)) ?? '').split(' ');
    const head = digits === '' ? Number.NaN : Number(digits);
    // Anybody may write there.
    return isUuid(storeId) && Number.isSafeInteger(head) ? { storeId, head } : undefined;
  }

  /** Takes in how far the store is; soon that is written down. */
  consider(newest: Witness): void {
    this.#newest = newest;
    this.#timer ??= setTimeout(() => this.write(), DELAY_MS);
  }

  /** Writes down what was taken in, unless another tab has written more. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const newest = this.#newest;
    const written = this.read();
    if (newest === undefined || (written?.storeId === newest.storeId && written.head >= newest.head)) return;
    this.#put(`${newest.storeId} ${newest.head}`);
  }

  /** Begins anew with what is here, after it was told what is not. */
  replace(witness: Witness): void {
    this.#put(`${witness.storeId} ${witness.head}`);
  }

  /** The store was deleted: there is nothing to be missed. */
  forget(): void {
    this.#newest = undefined;
    this.end();
    attempt((local) => local.removeItem(this.#key));
  }

  /** Writes down what was taken in, and listens no more. */
  end(): void {
    this.#unwatch();
    this.write();
  }

  #put(text: string): void {
    attempt((local) => local.setItem(this.#key, text));
  }
}

/**
 * Asks what may be absent, full or broken: the getter itself throws where site data are blocked, and every call does in Firefox when its file
 * is damaged. It is for a warning: the store works without.
 */
function attempt<T>(ask: (local: Storage) => T): T | undefined {
  try {
    // In Android's web views it may be null.
    return typeof localStorage === 'undefined' || localStorage === null ? undefined : ask(localStorage);
  } catch {
    return undefined;
  }
}
