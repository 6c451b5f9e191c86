import { eventsOf, type Page } from '../event-page.ts';
import type { RecordedEvent } from '../event.ts';
import { safely } from '../safely.ts';
import { recordedPieces } from '../upcasting/reading.ts';
import type { Upcasters } from '../upcasting/upcasters.ts';
import { type FoldedEvent, Generation, type Letter } from './generation.ts';
import { look } from './looking.ts';
import type { AnyProjection } from './projection.ts';

/** What hears of a view, by its number. */
export interface ViewListener {
  /** It shows other rows from now on. */
  show(generation: Generation): void;
  /** What is asked of it from now on has another answer. */
  moved(): void;
  /** Whoever listens is to be told: it has changed, and so have the answers of some kept questions. */
  changed(lives: readonly number[]): void;
}

const TURN_NUMBERS = 2;

/** Projections and their rows, as the engine calls them; `src/wasm/projections.rs` says how pages and changes cross. */
export class ProjectionHost {
  readonly #isDevelopment: boolean;
  readonly #upcasters: Upcasters;
  readonly #projections: AnyProjection[] = [];
  readonly #listeners: ViewListener[] = [];
  readonly #generations: Map<number, Generation> = new Map();
  readonly #keep: (events: RecordedEvent[]) => RecordedEvent[];
  #last = 0;

  /** `keep` freezes events in development. */
  constructor(development: boolean, upcasters: Upcasters, keep: (events: RecordedEvent[]) => RecordedEvent[]) {
    this.#isDevelopment = development;
    this.#upcasters = upcasters;
    this.#keep = keep;
  }

  /** Takes in a projection; the engine numbers them in the same order. */
  add(projection: AnyProjection, listener: ViewListener): void {
    this.#projections.push(projection);
    this.#listeners.push(listener);
  }

  generation(id: number): Generation | undefined {
    return this.#generations.get(id);
  }

  begin(projection: number): number {
    const id = ++this.#last;
    this.#generations.set(id, new Generation(this.#projections[projection] as AnyProjection, this.#upcasters, this.#isDevelopment));
    return id;
  }

  end(id: number): void {
    this.#generations.delete(id);
  }

  show(projection: number, id: number): void {
    const generation = this.#generations.get(id);
    if (generation !== undefined) this.#listeners[projection]?.show(generation);
  }

  fold(part: Page, turns: Float64Array): void {
    const stored = this.#keep(eventsOf(part));
    const events = this.#upcasters.isEmpty ? stored : stored.map((event) => this.#read(event));
    for (let at = 0; at < turns.length; at += TURN_NUMBERS) this.#generations.get(turns[at] as number)?.fold(events, turns[at + 1] as number);
  }

  /** An event as it is read, for all projections: what fails over one of them stops those whose event it is. */
  #read(event: RecordedEvent): RecordedEvent | FoldedEvent {
    try {
      const pieces = recordedPieces(this.#upcasters, event);
      return pieces === undefined ? event : { stored: event, pieces: this.#keep([...pieces]), error: undefined };
    } catch (error) {
      return { stored: event, pieces: [], error };
    }
  }

  folded(turns: Float64Array): [numbers: Float64Array, keys: string, letters: string] {
    const numbers: number[] = [];
    const keys: string[] = [];
    const letters: Letter[] = [];
    for (let at = 0; at < turns.length; at += TURN_NUMBERS) {
      const { changed, added, keys: newKeys, gone, skipped, fault } = (this.#generations.get(turns[at] as number) as Generation).end();
      for (const slots of [changed, added, gone]) {
        numbers.push(slots.length);
        for (const slot of slots) numbers.push(slot);
      }
      numbers.push(skipped.length, fault === undefined ? 0 : 1);
      for (const key of newKeys) keys.push(key);
      for (const letter of skipped) letters.push(letter);
      if (fault !== undefined) letters.push(fault);
    }
    return [Float64Array.from(numbers), JSON.stringify(keys), letters.length === 0 ? '[]' : JSON.stringify(letters)];
  }

  fields(id: number, slots: Uint32Array, path: string): string {
    return look(() => this.#generations.get(id)?.fields(slots, path) ?? '[]');
  }

  take(id: number, slots: Uint32Array): unknown[] {
    return this.#generations.get(id)?.take(slots) ?? [];
  }

  write(rows: readonly unknown[], from: number, to: number): string {
    return JSON.stringify(rows.slice(from, to));
  }

  read(id: number, keys: string, rows: string): boolean {
    try {
      return this.#generations.get(id)?.read(JSON.parse(keys) as string[], JSON.parse(rows) as unknown[]) ?? false;
    } catch {
      return false;
    }
  }

  told(numbers: Uint32Array): void {
    // Taken apart first: who is told may do something that changes a view again.
    const told: [ViewListener | undefined, number[]][] = [];
    for (let at = 0; at < numbers.length; ) {
      const [view, count] = [numbers[at] as number, numbers[at + 1] as number];
      at += 2;
      told.push([this.#listeners[view], Array.from(numbers.subarray(at, at + count))]);
      at += count;
    }
    // Who is told of one view may look at another.
    for (const [listener] of told) listener?.moved();
    for (const [listener, lives] of told) safely(() => listener?.changed(lives));
  }
}
