/** One event of the log: a line, and all there is to know about it when the line is opened. */

import type { RecordedEvent } from 'annals';
import { create, createButton } from './dom.ts';
import type { Field } from './filters.ts';
import { formatMoment, formatNumber, formatTime } from './format.ts';

/** What of the data fits in a line. */
const previewLength = 240;

export class EventRow {
  readonly event: RecordedEvent;
  readonly element: HTMLLIElement;
  /** The line is a button: it opens the row. */
  readonly line: HTMLButtonElement;
  readonly #filter: (field: Field, value: string) => void;
  #detail: HTMLElement | undefined;

  constructor(event: RecordedEvent, filter: (field: Field, value: string) => void) {
    this.event = event;
    this.#filter = filter;
    this.line = drawLine(event);
    this.element = create('li', 'event', this.line);
    this.element.dataset['position'] = String(event.position);
  }

  get open(): boolean {
    return this.#detail !== undefined;
  }

  toggle(): void {
    if (this.#detail === undefined) {
      this.#detail = this.#drawDetail();
      this.element.append(this.#detail);
    } else {
      this.#detail.remove();
      this.#detail = undefined;
    }
    this.line.setAttribute('aria-expanded', String(this.open));
  }

  #drawDetail(): HTMLElement {
    const { event } = this;
    const facts = create('dl', 'facts');
    addFact(facts, 'Id', create('code', '', event.id));
    addFact(facts, 'Recorded', formatMoment(event.recordedAt));
    addFact(facts, 'Version', formatNumber(event.version));
    if (Object.keys(event.metadata).length > 0) addFact(facts, 'Metadata', create('code', '', JSON.stringify(event.metadata)));
    const data = create('pre', 'code', JSON.stringify(event.data, null, 2));
    data.tabIndex = 0;
    data.ariaLabel = 'Data';
    data.setAttribute('role', 'region');
    return create('div', 'event-detail', data, facts, this.#drawFilters());
  }

  #drawFilters(): HTMLElement {
    const { streamId, type, tags } = this.event;
    const only = create('div', 'only', create('span', 'hint', 'Show only'));
    only.append(this.#filterButton('stream', streamId), this.#filterButton('type', type));
    only.append(...tags.map((tag) => this.#filterButton('tag', tag)));
    return only;
  }

  #filterButton(field: Field, value: string): HTMLButtonElement {
    const button = createButton('small code', value);
    button.addEventListener('click', () => this.#filter(field, value));
    return button;
  }
}

function drawLine(event: RecordedEvent): HTMLButtonElement {
  const line = createButton('event-line', '');
  line.tabIndex = -1;
  line.setAttribute('aria-expanded', 'false');
  const time = create('time', 'event-time', formatTime(event.recordedAt));
  time.dateTime = new Date(event.recordedAt).toISOString();
  const stream = create('span', 'event-stream', event.streamId, create('span', 'event-revision', `@${event.revision}`));
  const tags = create('span', 'event-tags', ...event.tags.map((tag) => create('span', 'tag', tag)));
  line.append(
    create('span', 'event-position', formatNumber(event.position)),
    create('span', 'event-type', event.type),
    create('span', 'event-place', stream, tags),
    time,
    create('span', 'event-data', preview(event.data)),
  );
  return line;
}

function preview(data: unknown): string {
  const text = JSON.stringify(data) ?? '';
  return text.length > previewLength ? `${text.slice(0, previewLength)}…` : text;
}

function addFact(list: HTMLDListElement, term: string, value: Node | string): void {
  list.append(create('dt', '', term), create('dd', '', value));
}
