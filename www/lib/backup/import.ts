import type { EngineImport } from '#engine/glue';
import { checkFunction, checkOptions, checkSignal, describe } from '../arguments.ts';
import { release } from '../engine/release.ts';
import type { Session } from '../engine/session.ts';
import { aborted, invalidArgument } from '../errors.ts';
import type { ImportOptions, ImportReport, ImportSource } from './options.ts';

const IMPORT_KEYS: ReadonlySet<string> = new Set(['signal', 'onProgress']);

/** The most bytes that cross at once: the engine's memory never shrinks. */
const MAX_CHUNK_BYTES = 256 * 1024;

/** The most characters of a text that are made bytes at once. */
const MAX_CHUNK_LENGTH = MAX_CHUNK_BYTES;

/** Imports what a stream brings. What crosses is stored while the next is read. `ended` tells that the store is not open any more, and why. */
export async function importStream(session: Session, source: ImportSource, options: ImportOptions | undefined, ended: AbortSignal): Promise<ImportReport> {
  const stream = streamOf(source);
  checkOptions('options', options, IMPORT_KEYS);
  const { signal, onProgress } = options ?? {};
  checkSignal('options.signal', signal);
  checkFunction('options.onProgress', onProgress);
  if (signal?.aborted) throw aborted(signal);
  const reader = stream.getReader();
  const importer: EngineImport = session.now((engine) => engine.import());
  const tell = (): void => {
    const [done = 0, total = 0] = session.now(() => importer.progress);
    onProgress?.({ phase: 'import', done, total });
  };
  const push = async (bytes: Uint8Array): Promise<void> => {
    await session.call(() => importer.push(bytes));
    if (signal?.aborted) throw aborted(signal);
  };
  const pieces = new Pieces();
  try {
    const ends: readonly End[] = [{ signal: ended, error: () => ended.reason }, ...(signal === undefined ? [] : [{ signal, error: () => aborted(signal) }])];
    for (let chunk = await next(reader, ends); chunk !== undefined; chunk = await next(reader, ends)) {
      for (const bytes of pieces.of(chunk)) await push(bytes);
      tell();
    }
    for (const bytes of pieces.rest()) await push(bytes);
    const [lines = 0, stored = 0, duplicates = 0, restored = 0, head = 0] = await session.call(() => importer.finish());
    tell();
    return { lines, stored, duplicates, restored: restored === 1, head };
  } catch (error) {
    // Nothing is stored any more when the caller hears of it. Whoever brings the file may stop.
    if (session.failure === undefined) await session.call(() => importer.stop()).catch(() => {});
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    release(importer);
  }
}

function streamOf(source: unknown): ReadableStream<unknown> {
  if (typeof Blob !== 'undefined' && source instanceof Blob) return source.stream();
  if (!(source instanceof ReadableStream)) throw invalidArgument('source', 'a ReadableStream or a Blob', describe(source));
  if (source.locked) throw invalidArgument('source', 'a stream that nobody reads', 'one that is locked');
  return source;
}

/** What the stream brings next; a signal ends the waiting, and so does the end of the store: a source may be silent for ever. */
async function next(reader: ReadableStreamDefaultReader<unknown>, ends: readonly End[]): Promise<unknown> {
  const { done, value } = await unlessAborted(reader.read(), ends);
  return done ? undefined : value ?? '';
}

/** What ends an import, and the error that it ends with. */
interface End {
  readonly signal: AbortSignal;
  readonly error: () => unknown;
}

function unlessAborted<T>(waiting: Promise<T>, ends: readonly End[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      const end = ends.find(({ signal }) => signal.aborted);
      if (end !== undefined) reject(end.error());
    };
    for (const { signal } of ends) signal.addEventListener('abort', stop, { once: true });
    stop();
    waiting.then(resolve, reject).finally(() => {
      for (const { signal } of ends) signal.removeEventListener('abort', stop);
    });
  });
}

/** Makes bytes of what a stream brings, in pieces that cross. */
class Pieces {
  readonly #utf8: TextEncoder = new TextEncoder();
  /** The first unit of a character of which the second is in the next text. */
  #half = '';

  *of(chunk: unknown): Generator<Uint8Array> {
    if (typeof chunk === 'string') {
      yield* this.#ofText(this.#half + chunk);
    } else if (chunk instanceof Uint8Array) {
      yield* this.rest();
      for (let at = 0; at < chunk.length; at += MAX_CHUNK_BYTES) yield chunk.subarray(at, at + MAX_CHUNK_BYTES);
    } else {
      throw invalidArgument('source', 'a stream of bytes or text', `one of ${describe(chunk)}`);
    }
  }

  *rest(): Generator<Uint8Array> {
    if (this.#half !== '') yield this.#utf8.encode(this.#half);
    this.#half = '';
  }

  *#ofText(text: string): Generator<Uint8Array> {
    const end = text.length - (isFirstHalf(text, text.length) ? 1 : 0);
    this.#half = text.slice(end);
    for (let at = 0; at < end; ) {
      const wanted = Math.min(at + MAX_CHUNK_LENGTH, end);
      const next = wanted < end && isFirstHalf(text, wanted) ? wanted + 1 : wanted;
      yield this.#utf8.encode(text.slice(at, next));
      at = next;
    }
  }
}

/** Whether a character of two units would be cut here. */
function isFirstHalf(text: string, at: number): boolean {
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xd800 && unit <= 0xdbff;
}
