import type { Engine, Glue } from '#engine/glue';
import { type AnnalsError, closed, engineFailed, errorOfReport } from '../errors.ts';
import { safely } from '../safely.ts';

/** What a session hears of its engine. */
export interface SessionListener {
  /** Appends are answered; `src/wasm/answers.rs` says how the numbers are laid out. */
  settle(numbers: Float64Array, errors: readonly unknown[]): void;
  /** Commands are answered; `src/wasm/outcomes.rs` says how. */
  settleCommands(numbers: Float64Array, values: readonly unknown[], page: unknown): void;
  /** Something happened to the storage elsewhere. */
  signal(name: string): void;
  /** The engine has failed: nothing that waits for it will be answered. */
  failed(error: AnnalsError): void;
  /** The state of a stream cannot be kept. */
  refuseSnapshot(streamId: string, why: string): void;
  opening(done: number, total: number): void;
  isCancelled(): boolean;
}

/**
 * One engine, and all calls of it. When the engine fails, every call that waits is rejected and every later one too: a
 * panicked instance answers nothing.
 */
export class Session {
  readonly #glue: Glue;
  readonly #waiting: Set<(error: AnnalsError) => void> = new Set();
  readonly #listener: SessionListener;
  #engine: Engine | undefined;
  #failure: AnnalsError | undefined;

  constructor(glue: Glue, listener: SessionListener) {
    this.#glue = glue;
    this.#listener = listener;
  }

  get failure(): AnnalsError | undefined {
    return this.#failure;
  }

  /** Whether there is an engine to be asked. */
  get isOpen(): boolean {
    return this.#engine !== undefined;
  }

  async open(options: object): Promise<void> {
    const listener = this.#listener;
    // Nothing may be thrown through the engine's frames: it would leave them half done.
    const host = {
      settle: (numbers: Float64Array, errors: readonly unknown[]) => safely(() => listener.settle(numbers, errors)),
      settleCommands: (numbers: Float64Array, values: readonly unknown[], page: unknown) => safely(() => listener.settleCommands(numbers, values, page)),
      signal: (name: string) => safely(() => listener.signal(name)),
      refuseSnapshot: (streamId: string, why: string) => safely(() => listener.refuseSnapshot(streamId, why)),
      opening: (done: number, total: number) => safely(() => listener.opening(done, total)),
      isCancelled: () => listener.isCancelled(),
      now: () => performance.now(),
      pause: nextTask,
      panicked: (message: string) => safely(() => this.#fail(new Error(message))),
    };
    this.#engine = await this.#wait(() => this.#glue.Engine.open(options, host));
  }

  deleteStore(name: string): Promise<void> {
    return this.#wait(() => this.#glue.deleteStore(name));
  }

  /** Calls the engine, and waits for its answer. */
  call<T>(call: (engine: Engine) => Promise<T> | T): Promise<T> {
    return this.#wait(() => call(this.#opened()));
  }

  /** Calls the engine, whose answer comes at once. */
  now<T>(call: (engine: Engine) => T): T {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return call(this.#opened());
    } catch (error) {
      throw this.#understand(error);
    }
  }

  /** Takes in that a task of the engine has thrown. */
  trapped(error: unknown): void {
    this.#fail(error);
  }

  /** Lets the engine and its memory go. */
  end(): void {
    this.#engine = undefined;
  }

  #opened(): Engine {
    if (this.#engine === undefined) throw closed('closed');
    return this.#engine;
  }

  /** Made without more promises than it takes: every command passes here. */
  #wait<T>(call: () => Promise<T> | T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      const fail = (error: unknown): void => {
        this.#waiting.delete(reject);
        reject(this.#understand(error));
      };
      this.#waiting.add(reject);
      try {
        const answer = call();
        if (!(answer instanceof Promise)) return this.#answer(resolve, reject, answer);
        answer.then((value) => this.#answer(resolve, reject, value), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  #answer<T>(resolve: (value: T) => void, reject: (error: AnnalsError) => void, value: T): void {
    this.#waiting.delete(reject);
    resolve(value);
  }

  /** A trap is not a report: the instance is done for. */
  #understand(error: unknown): AnnalsError {
    const understood = errorOfReport(error);
    return understood.code === 'EngineFailed' ? this.#fail(error) : understood;
  }

  #fail(cause: unknown): AnnalsError {
    if (this.#failure === undefined) {
      const failure = cause instanceof Error && 'code' in cause ? errorOfReport(cause) : engineFailed(cause);
      this.#failure = failure;
      for (const fail of this.#waiting) fail(failure);
      this.#listener.failed(failure);
    }
    return this.#failure;
  }
}

/** Lets everything else that waits run first. A timer would wait longer: browsers slow those that follow one another. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
