import type { EngineExport } from '#engine/glue';
import type { Query } from '../append.ts';
import { checkFunction, checkInteger, checkOptions, checkSignal, checkWord, copyQuery } from '../arguments.ts';
import { release } from '../engine/release.ts';
import type { Session } from '../engine/session.ts';
import { aborted } from '../errors.ts';
import type { ExportOptions } from './options.ts';

const EXPORT_KEYS: ReadonlySet<string> = new Set(['after', 'query', 'as', 'signal', 'onProgress']);

/** What makes the lines of an export. */
export interface LineSource {
  /** The next lines, whole ones; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** How many positions are behind, and of how many. */
  progress(): { readonly done: number; readonly total: number };
  /** Lets go of what it holds. */
  end(): void;
}

/** What of a store an export needs. */
export interface ExportContext {
  readonly session: Session;
  /** The query that means what is stored, of one that means what is read. */
  readonly storedQuery: (query: Query) => Query;
  /** Lines of events as they are read. */
  readonly currentLines: (after: number, query: Query | undefined) => LineSource;
}

/** An export as a stream that makes lines when some are wanted. What it covers is fixed when this is called. */
export function exportStream({ session, storedQuery, currentLines }: ExportContext, options: ExportOptions | undefined): ReadableStream<Uint8Array> {
  checkOptions('options', options, EXPORT_KEYS);
  const { after, query, as, signal, onProgress } = options ?? {};
  checkInteger('options.after', after, 0);
  checkWord('options.as', as, ['stored', 'current']);
  checkSignal('options.signal', signal);
  checkFunction('options.onProgress', onProgress);
  const asked = query === undefined ? undefined : copyQuery('options.query', query);
  const begin = async (): Promise<LineSource> =>
    as === 'current' ? currentLines(after ?? 0, asked) : engineLines(session, { after, query: asked && storedQuery(asked) });
  const begun = signal?.aborted ? Promise.reject(aborted(signal)) : begin();
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
