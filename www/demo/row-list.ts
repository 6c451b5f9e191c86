/** The rows of the log, newest first. One stop for the Tab key; arrow keys move from row to row. */

import type { RecordedEvent } from 'annals';
import { EventRow } from './event-row.ts';
import type { Field } from './filters.ts';

export class RowList {
  readonly #list: HTMLElement;
  readonly #filter: (field: Field, value: string) => void;
  readonly #toggled: () => void;
  readonly #rowOf = new WeakMap<Element, EventRow>();
  #rows: EventRow[] = [];
  /** The row that the Tab key comes to. */
  #current: EventRow | undefined;

  /** `filter` narrows the log to a value of a row; `toggled` is told when a row was opened or closed. */
  constructor(list: HTMLElement, filter: (field: Field, value: string) => void, toggled: () => void) {
    this.#list = list;
    this.#filter = filter;
    this.#toggled = toggled;
    list.addEventListener('click', (event) => this.#click(event));
    list.addEventListener('keydown', (event) => this.#press(event));
    list.addEventListener('focusin', (event) => this.#makeCurrent(this.#rowAt(event)));
  }

  get size(): number {
    return this.#rows.length;
  }

  get oldest(): RecordedEvent | undefined {
    return this.#rows.at(-1)?.event;
  }

  get anyOpen(): boolean {
    return this.#rows.some((row) => row.open);
  }

  /** Puts newer events, newest first, before the others. */
  prepend(events: readonly RecordedEvent[]): void {
    const rows = this.#draw(events);
    for (const row of rows) row.element.classList.add('fresh');
    this.#rows.unshift(...rows);
    this.#list.prepend(...rows.map((row) => row.element));
    this.#keepCurrent();
  }

  /** Puts older events, newest first, after the others. */
  append(events: readonly RecordedEvent[]): void {
    const rows = this.#draw(events);
    this.#rows.push(...rows);
    this.#list.append(...rows.map((row) => row.element));
    this.#keepCurrent();
  }

  /** Shows these events, newest first, and no others. */
  replace(events: readonly RecordedEvent[]): void {
    const focused = this.#list.contains(document.activeElement);
    this.#rows = this.#draw(events);
    this.#list.replaceChildren(...this.#rows.map((row) => row.element));
    this.#keepCurrent();
    if (focused) this.#current?.line.focus();
  }

  /** Lets go of the oldest rows beyond the limit; says whether there were any. */
  dropOldest(limit: number): boolean {
    return this.#drop(this.#rows.splice(limit));
  }

  /** Lets go of the newest rows beyond the limit; says whether there were any. */
  dropNewest(limit: number): boolean {
    return this.#drop(this.#rows.splice(0, Math.max(0, this.#rows.length - limit)));
  }

  #draw(events: readonly RecordedEvent[]): EventRow[] {
    return events.map((event) => {
      const row = new EventRow(event, this.#filter);
      this.#rowOf.set(row.element, row);
      return row;
    });
  }

  #drop(rows: readonly EventRow[]): boolean {
    const focused = rows.some((row) => row.element.contains(document.activeElement));
    for (const row of rows) row.element.remove();
    this.#keepCurrent();
    if (focused) this.#current?.line.focus();
    return rows.length > 0;
  }

  #click(event: MouseEvent): void {
    const row = this.#rowAt(event);
    if (row === undefined || !(event.target instanceof Node) || !row.line.contains(event.target)) return;
    row.toggle();
    this.#toggled();
  }

  #press(event: KeyboardEvent): void {
    const row = this.#rowAt(event);
    if (row === undefined || event.target !== row.line) return;
    const next = this.#rows[this.#indexAfter(event.key, this.#rows.indexOf(row))];
    if (next === undefined) return;
    event.preventDefault();
    next.line.focus();
  }

  #indexAfter(key: string, index: number): number {
    switch (key) {
      case 'ArrowDown':
        return Math.min(index + 1, this.#rows.length - 1);
      case 'ArrowUp':
        return Math.max(index - 1, 0);
      case 'Home':
        return 0;
      case 'End':
        return this.#rows.length - 1;
      default:
        return -1;
    }
  }

  #rowAt(event: Event): EventRow | undefined {
    const element = event.target instanceof Element ? event.target.closest('.event') : null;
    return element === null ? undefined : this.#rowOf.get(element);
  }

  /** Until a row is visited the first one is current; a current row that went gives its place to a neighbour. */
  #keepCurrent(): void {
    const current = this.#current;
    if (current === undefined || !this.#list.contains(document.activeElement)) this.#makeCurrent(this.#rows[0]);
    else if (!current.element.isConnected) this.#makeCurrent(this.#rows.at(-1));
  }

  #makeCurrent(row: EventRow | undefined): void {
    if (this.#current !== undefined) this.#current.line.tabIndex = -1;
    if (row !== undefined) row.line.tabIndex = 0;
    this.#current = row;
  }
}
