import type { Session } from './engine/session.ts';
import { aborted } from './errors.ts';
import { idle } from './idle.ts';
import type { MergeOptions, MergeReport } from './merge.ts';

/** What became of a step, as `src/wasm/engine.rs` says it. */
const NOTHING = 0;
const DONE = 1;

/** Nothing must have been stored for so long, in ms, before a step is taken: a step and an append would wait for one another. */
const QUIET_MS = 300;

/** How often in a row another tab may be first before merging leaves it to the other. */
const MAX_REFUSALS = 100;

/**
 * Merges when the page is idle, in one tab at a time. The lock is courtesy: two tabs that merge at once only waste time, so nothing
 * ever waits for a lock, and a tab that holds it without merging (a frozen one) is passed over when merging is long overdue.
 */
export class Merger {
  readonly #session: Session;
  readonly #lockName: string | undefined;
  #isWaiting = false;
  #lastStored = 0;
  #isEnded = false;

  /** @param lockName absent for a store that nobody else can open */
  constructor(session: Session, lockName: string | undefined) {
    this.#session = session;
    this.#lockName = lockName;
  }

  /** Something was stored, or read: there may be something to merge. */
  consider(): void {
    this.#lastStored = performance.now();
    if (this.#isWaiting || this.#isEnded || !this.#ask((engine) => engine.isMergeDue)) return;
    this.#isWaiting = true;
    const done = (): void => void (this.#isWaiting = false);
    // What fails in the background fails for nobody: the log is as it was, and the next commit leads here again.
    this.#quiet().then(() => this.#inOneTab()).then(done, done);
  }

  /** Merges all there is to merge, now. */
  async merge({ signal, onProgress }: MergeOptions): Promise<MergeReport> {
    const report = { steps: 0, events: 0, bytesRead: 0, bytesWritten: 0, longestStepMs: 0 };
    const total = this.#session.now((engine) => engine.unmerged);
    for (let refusals = 0; refusals < MAX_REFUSALS; ) {
      if (signal?.aborted) throw aborted(signal);
      const { outcome, events, bytesRead, bytesWritten, longestStepMs } = await this.#step();
      if (outcome === NOTHING) break;
      refusals = outcome === DONE ? 0 : refusals + 1;
      report.steps += outcome === DONE ? 1 : 0;
      report.events += events;
      report.bytesRead += bytesRead;
      report.bytesWritten += bytesWritten;
      report.longestStepMs = longestStepMs;
      onProgress?.({ phase: 'merge', done: Math.max(0, total - this.#session.now((engine) => engine.unmerged)), total });
    }
    return report;
  }

  /** Takes no further step. */
  end(): void {
    this.#isEnded = true;
  }

  async #inOneTab(): Promise<void> {
    const locks = typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).locks;
    if (this.#lockName === undefined || locks === undefined) return this.#inBackground();
    await locks.request(this.#lockName, { ifAvailable: true }, async (lock) => {
      if (lock !== null || this.#ask((engine) => engine.isMergeOverdue)) await this.#inBackground();
    });
  }

  async #inBackground(): Promise<void> {
    for (let refusals = 0; refusals < MAX_REFUSALS && !this.#isEnded && this.#ask((engine) => engine.isMergeDue); ) {
      const { outcome } = await this.#step();
      if (outcome === NOTHING) return;
      refusals = outcome === DONE ? 0 : refusals + 1;
      await this.#quiet();
    }
  }

  /** Until the page is idle and nothing was stored for a while; when merging is long overdue, until the page is idle. */
  async #quiet(): Promise<void> {
    for (let left = QUIET_MS; left > 0; left = this.#lastStored + QUIET_MS - performance.now()) {
      if (this.#isEnded || this.#ask((engine) => engine.isMergeOverdue)) break;
      await new Promise((resolve) => setTimeout(resolve, left));
    }
    await idle();
  }

  async #step(): Promise<{ outcome: number; events: number; bytesRead: number; bytesWritten: number; longestStepMs: number }> {
    const [outcome = NOTHING, events = 0, bytesRead = 0, bytesWritten = 0, longestStepMs = 0] = await this.#session.call((engine) => engine.mergeStep());
    return { outcome, events, bytesRead, bytesWritten, longestStepMs };
  }

  /** Asks the engine; one that has failed or is gone says no. */
  #ask(question: Parameters<typeof Session.prototype.now<boolean>>[0]): boolean {
    if (this.#isEnded || this.#session.failure !== undefined) return false;
    return this.#session.now(question);
  }
}
