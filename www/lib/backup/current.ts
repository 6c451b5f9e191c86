import type { Query } from '../append.ts';
import type { RecordedEvent } from '../event.ts';
import type { EventReader } from '../read.ts';
import type { LineSource } from './export.ts';

/** After so many characters lines go out. */
const CHUNK_LENGTH = 64 * 1024;

/** The version of the format, as in `src/backup/header.rs`. */
const FORMAT = 1;

/** The first moment that RFC 3339 cannot write, as in `src/backup/time.rs`. */
const LAST_TIME = 253_402_300_800_000;

/** What the first line says. */
export interface CurrentHeader {
  readonly storeId: string;
  readonly after: number;
  readonly query: Query | undefined;
}

/**
 * Lines of events as upcasters make them, made here since the upcasters are here. They have no checks: nobody imports them. `src/backup/FORMAT.md`
 * describes every member.
 */
export class CurrentLines implements LineSource {
  readonly #header: CurrentHeader;
  readonly #head: number;
  readonly #events: AsyncIterator<RecordedEvent>;
  readonly #source: string;
  #stage: 'header' | 'events' | 'over' = 'header';
  #position: number;
  #count = 0;

  /** `events` is a reading that has its head. */
  constructor(events: EventReader, header: CurrentHeader) {
    this.#header = header;
    this.#head = events.head;
    this.#events = events[Symbol.asyncIterator]();
    this.#source = `urn:uuid:${header.storeId}`;
    this.#position = header.after;
  }

  async next(): Promise<Uint8Array | undefined> {
    if (this.#stage === 'over') return undefined;
    const lines: string[] = [];
    let length = 0;
    if (this.#stage === 'header') {
      const { storeId, after, query } = this.#header;
      lines.push(this.#frame('annals.export.started', { format: FORMAT, storeId, after, head: this.#head, as: 'current', ...(query && { query }) }));
      this.#stage = 'events';
    }
    while (length < CHUNK_LENGTH) {
      const { done, value: event } = await this.#events.next();
      if (done === true) {
        lines.push(this.#frame('annals.export.finished', { count: this.#count }));
        this.#stage = 'over';
        break;
      }
      const line = this.#line(event);
      lines.push(line);
      length += line.length;
      this.#position = event.position;
      this.#count++;
    }
    return utf8.encode(`${lines.join('\n')}\n`);
  }

  progress(): { readonly done: number; readonly total: number } {
    const total = Math.max(0, this.#head - this.#header.after);
    return { done: this.#stage === 'over' ? total : this.#position - this.#header.after, total };
  }

  end(): void {
    void this.#events.return?.().catch(() => {});
  }

  #line({ id, type, streamId, recordedAt, version, position, revision, tags, metadata, data }: RecordedEvent): string {
    return JSON.stringify({
      specversion: '1.0',
      id,
      source: this.#source,
      type,
      subject: streamId,
      ...(recordedAt < LAST_TIME ? { time: new Date(recordedAt).toISOString() } : { recordedat: String(recordedAt) }),
      datacontenttype: 'application/json',
      dataversion: version,
      position,
      revision,
      // Attributes of CloudEvents are no lists and no objects.
      ...(tags.length > 0 && { tags: JSON.stringify(tags) }),
      ...(Object.keys(metadata).length > 0 && { metadata: JSON.stringify(metadata) }),
      data,
    });
  }

  #frame(type: string, data: object): string {
    const [id, time] = [crypto.randomUUID(), new Date().toISOString()];
    return JSON.stringify({ specversion: '1.0', id, source: this.#source, type, time, datacontenttype: 'application/json', data });
  }
}

const utf8 = new TextEncoder();
