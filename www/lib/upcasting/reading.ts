import type { Query } from '../append.ts';
import { AnnalsError, type ErrorFields, isAnnalsError } from '../errors.ts';
import type { RecordedEvent } from '../event.ts';
import { categoryOf } from '../stream-id.ts';
import type { OlderEvent } from './upcaster.ts';
import type { Upcasters } from './upcasters.ts';

/** Stored events as they are read: what upcasters make of each, as far as it was asked for. */
export class Reading {
  readonly #upcasters: Upcasters;
  readonly #query: Query | undefined;

  /** `query` is in the words of the code; what matches it as it is stored need not any more as it is read. */
  constructor(upcasters: Upcasters, query?: Query) {
    this.#upcasters = upcasters;
    this.#query = query;
  }

  /** Whether everything is read as it is stored. */
  get isPlain(): boolean {
    return this.#upcasters.isEmpty;
  }

  /**
   * What an event is read as: one event, several, or none.
   *
   * @throws {AnnalsError} `UpcastFailed`
   */
  piecesOf(event: RecordedEvent): readonly RecordedEvent[] {
    const query = this.#query;
    const pieces = recordedPieces(this.#upcasters, event);
    if (pieces === undefined) return [event];
    return query === undefined ? pieces : pieces.filter((piece) => isMeant(query, piece));
  }
}

/**
 * What an event is read as; `undefined` when that is as it is stored.
 *
 * @throws {AnnalsError} `UpcastFailed`, which names the event
 */
export function recordedPieces(upcasters: Upcasters, event: RecordedEvent): readonly RecordedEvent[] | undefined {
  let pieces: readonly OlderEvent[] | undefined;
  try {
    pieces = upcasters.piecesOf(event);
  } catch (error) {
    const { id, streamId, position } = event;
    throw located(error, { eventId: id, streamId, position });
  }
  return pieces?.map(({ type, version, data, metadata }) => ({ ...event, type, version, data, metadata }));
}

/** The same failure, which says where the event is that cannot be read; any other error as it is. */
export function located(error: unknown, place: Pick<ErrorFields['UpcastFailed'], 'eventId' | 'streamId' | 'position'>): unknown {
  if (!isAnnalsError(error, 'UpcastFailed') || error.streamId !== undefined) return error;
  const { reason, type, version, revision, message, cause } = error;
  const named = place.eventId === undefined ? '' : ` (event ${place.eventId})`;
  return new AnnalsError('UpcastFailed', `stream ${JSON.stringify(place.streamId)}${named}: ${message}`, { reason, type, version, revision, ...place }, { cause });
}

function isMeant({ items }: Query, { type, streamId, tags }: RecordedEvent): boolean {
  const isAmong = (list: readonly string[] | undefined, one: string): boolean => list === undefined || list.length === 0 || list.includes(one);
  return items.some(
    (item) => isAmong(item.types, type) && isAmong(item.streams, streamId) && isAmong(item.categories, categoryOf(streamId)) && (item.tags ?? []).every((tag) => tags.includes(tag)),
  );
}
