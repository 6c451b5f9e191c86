import { annalsError } from './errors.ts';
import type { Metadata, RecordedEvent } from './event.ts';

/** A page as the engine hands it over; `src/wasm/page.rs` says how it is laid out. */
export type Page = readonly [text: string, numbers: Float64Array];

const NUMBERS = 6;

/** Most events have neither: these are everybody's. */
const NO_TAGS: readonly string[] = Object.freeze([]);
const NO_METADATA: Metadata = Object.freeze({});

interface Columns {
  readonly types: readonly string[];
  readonly streams: readonly string[];
  readonly ids: readonly string[];
  readonly tags: readonly (readonly string[])[] | null;
  readonly metadata: readonly Metadata[] | null;
  readonly data: readonly unknown[];
}

/** The events of a page: the browser parses all of it at once. */
export function eventsOf([text, numbers]: Page): RecordedEvent[] {
  const { types, streams, ids, tags, metadata, data } = parse(text);
  const events = new Array<RecordedEvent>(ids.length);
  for (let n = 0, at = 0; n < ids.length; n++, at += NUMBERS) {
    events[n] = {
      type: types[numbers[at + 4] as number] as string,
      data: data[n],
      version: numbers[at + 3] as number,
      id: ids[n] as string,
      streamId: streams[numbers[at + 5] as number] as string,
      revision: numbers[at + 1] as number,
      position: numbers[at] as number,
      tags: tags === null ? NO_TAGS : (tags[n] as readonly string[]),
      metadata: metadata === null ? NO_METADATA : (metadata[n] as Metadata),
      recordedAt: numbers[at + 2] as number,
    };
  }
  return events;
}

function parse(text: string): Columns {
  try {
    return JSON.parse(text) as Columns;
  } catch (cause) {
    throw annalsError('StorageCorrupt', 'expected the JSON that was stored, found another text', { reason: 'damaged' }, { cause });
  }
}
