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

/** Imports what a stream brings. What crosses is stored while the next is read. */
export async function importStream(session: Session, source: ImportSource, options: ImportOptions | undefined): Promise<ImportReport> {
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
  try {
    for (let chunk = await next(reader, signal); chunk !== undefined; chunk = await next(reader, signal)) {
      for (const bytes of pieces(chunk)) {
        await session.call(() => importer.push(bytes));
        if (signal?.aborted) throw aborted(signal);
      }
      tell();
    }
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

/** What the stream brings next; a signal ends the waiting. */
async function next(reader: ReadableStreamDefaultReader<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  const reading = reader.read();
  const { done, value } = signal === undefined ? await reading : await unlessAborted(reading, signal);
  return done ? undefined : value ?? '';
}

function unlessAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(aborted(signal));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

const utf8 = new TextEncoder();

/** Bytes in pieces that cross. A text is not cut within a character of two units. */
function* pieces(chunk: unknown): Generator<Uint8Array> {
  if (typeof chunk === 'string') {
    for (let at = 0; at < chunk.length; ) {
      let end = Math.min(at + MAX_CHUNK_LENGTH, chunk.length);
      if (end < chunk.length && isHighSurrogate(chunk.charCodeAt(end - 1))) end++;
      yield utf8.encode(chunk.slice(at, end));
      at = end;
    }
  } else if (chunk instanceof Uint8Array) {
    for (let at = 0; at < chunk.length; at += MAX_CHUNK_BYTES) yield chunk.subarray(at, at + MAX_CHUNK_BYTES);
  } else {
    throw invalidArgument('source', 'a stream of bytes or text', `one of ${describe(chunk)}`);
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
