import type { EngineViews } from '#engine/glue';
import type { Session } from '../engine/session.ts';
import { idle } from '../idle.ts';
import { whenHidden } from '../leaving.ts';

/** Nothing must have changed for so long, in ms, before views are saved. */
const QUIET_MS = 500;

/** Once that many events are not saved, it is done though it is not quiet: so many would have to be folded again after a crash. */
const MANY = 5000;

/** How long a tab waits for another that saves, in ms. */
const LOCK_LIMIT_MS = 10_000;

/** How few events are left to a crash: folding them again takes less than saving does. */
const FEW = 200;

/**
 * Saves views when the page is idle, and when it is left, in one tab at a time. The lock is courtesy: two tabs that save at once only waste
 * time.
 */
export class Saver {
  readonly #session: Session;
  readonly #engine: EngineViews;
  readonly #count: number;
  readonly #lockName: string;
  #isWaiting = false;
  #isEnded = false;
  #lastMoved = 0;
  #saving: Promise<void> = Promise.resolve();
  #unwatch: () => void = () => {};

  constructor(session: Session, engine: EngineViews, count: number, lockName: string) {
    this.#session = session;
    this.#engine = engine;
    this.#count = count;
    this.#lockName = lockName;
    if (count > 0) this.#unwatch = whenHidden(() => void this.saveNow());
  }

  /** Views have moved on: there may be something to save. */
  consider(): void {
    this.#lastMoved = performance.now();
    if (this.#isWaiting || this.#isEnded || this.#most() < FEW) return;
    this.#isWaiting = true;
    const done = (): void => void (this.#isWaiting = false);
    // What fails in the background fails for nobody: the next change leads here again.
    this.#quiet().then(() => this.#inOneTab()).then(done, done);
  }

  /** Saves what is not saved yet: after a save that is under way, which has seen less. A view that cannot be saved is folded again. */
  saveNow(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveAll());
    return this.#saving;
  }

  end(): void {
    this.#isEnded = true;
    this.#unwatch();
  }

  async #saveAll(): Promise<void> {
    for (let view = 0; view < this.#count; view++) {
      if (this.#unsaved(view) > 0) await this.#session.call(() => this.#engine.save(view)).catch(() => {});
    }
  }

  async #inOneTab(): Promise<void> {
    if (this.#isEnded) return;
    const locks = typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).locks;
    if (locks === undefined) return this.saveNow();
    const save = (): Promise<void> => this.saveNow();
    // A tab that is frozen keeps its locks: who has waited in vain saves all the same.
    await locks.request(this.#lockName, { signal: AbortSignal.timeout(LOCK_LIMIT_MS) }, save).catch(save);
  }

  async #quiet(): Promise<void> {
    for (let left = QUIET_MS; left > 0; left = this.#lastMoved + QUIET_MS - performance.now()) {
      if (this.#isEnded || this.#most() > MANY) break;
      await new Promise((resolve) => setTimeout(resolve, left));
    }
    await idle();
  }

  #most(): number {
    let most = 0;
    for (let view = 0; view < this.#count; view++) most = Math.max(most, this.#unsaved(view));
    return most;
  }

  #unsaved(view: number): number {
    return this.#session.failure === undefined && this.#session.isOpen ? this.#engine.unsaved(view) : 0;
  }
}
