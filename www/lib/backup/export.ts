import type { EngineExport } from '#engine/glue';
import { copyQuery, checkFunction, checkInteger, checkOptions, checkSignal } from '../arguments.ts';
import { release } from '../engine/release.ts';
import type { Session } from '../engine/session.ts';
import { aborted } from '../errors.ts';
import type { ExportOptions } from './options.ts';

const EXPORT_KEYS: ReadonlySet<string> = new Set(['after', 'query', 'signal', 'onProgress']);

/** What makes the lines of an export. */
export interface LineSource {
  /** The next lines, whole ones; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** How many positions are behind, and of how many. */
  progress(): { readonly done: number; readonly total: number };
  /** Lets go of what it holds. */
  end(): void;
}

/** An export as a stream that makes lines when some are wanted. What it covers is fixed when this is called. */
export function exportStream(session: Session, options: ExportOptions | undefined): ReadableStream<Uint8Array> {
  checkOptions('options', options, EXPORT_KEYS);
  const { after, query, signal, onProgress } = options ?? {};
  checkInteger('options.after', after, 0);
  checkSignal('options.signal', signal);
  checkFunction('options.onProgress', onProgress);
  const request = { after, query: query === undefined ? undefined : copyQuery('options.query', query) };
  const begun = signal?.aborted ? Promise.reject(aborted(signal)) : engineLines(session, request);
  // Whoever reads the stream hears of it.
  begun.catch(() => {});
  return streamOf(begun, signal, onProgress);
}

/** Lines on their way to whoever reads the stream: none is made that nobody has asked for. */
export function streamOf(
  begun: Promise<LineSource>,
  signal: AbortSignal | undefined,
  onProgress: ExportOptions['onProgress'],
): ReadableStream<Uint8Array> {
  let stop: () => void = () => {};
  const end = (): void => {
    signal?.removeEventListener('abort', stop);
    begun.then((lines) => lines.end()).catch(() => {});
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop = () => {
          controller.error(aborted(signal as AbortSignal));
          end();
        };
        signal?.addEventListener('abort', stop, { once: true });
      },
      async pull(controller) {
        try {
          const lines = await begun;
          const next = await lines.next();
          if (signal?.aborted) return; // The stream has ended meanwhile.
          if (next === undefined) {
            end();
            return controller.close();
          }
          onProgress?.({ phase: 'export', ...lines.progress() });
          controller.enqueue(next);
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel: end,
    },
    // Nothing is read ahead: the head is fixed all the same.
    { highWaterMark: 0 },
  );
}

/** The lines that the engine makes of what is stored. */
async function engineLines(session: Session, request: object): Promise<LineSource> {
  const exporter: EngineExport = await session.call((engine) => engine.export(request));
  return {
    next: () => session.call(() => exporter.next()),
    progress: () => {
      const [done = 0, total = 0] = session.now(() => exporter.progress);
      return { done, total };
    },
    end: () => release(exporter),
  };
}
