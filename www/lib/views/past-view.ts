import type { EnginePast } from '#engine/glue';
import type { Session } from '../engine/session.ts';
import { entriesOf, rowsOf } from './engine-view.ts';
import { countText, type Explanation, type FindQuery, queryText, type Where } from './find.ts';
import type { Generation } from './generation.ts';
import { refuseWhileLooking } from './looking.ts';
import type { ReadonlyView } from './view.ts';

/** A view as it was. The engine lets its rows go when nobody has it any more. */
export class PastView implements ReadonlyView {
  readonly name: string;
  readonly version: number;
  readonly position: number;
  readonly updatedAt: number;
  readonly #session: Session;
  readonly #past: EnginePast;
  readonly #rows: Generation;

  constructor({ name, version }: { readonly name: string; readonly version: number }, session: Session, past: EnginePast, rows: Generation) {
    const [position = 0, updatedAt = 0] = past.state();
    this.name = name;
    this.version = version;
    this.position = position;
    this.updatedAt = updatedAt;
    this.#session = session;
    this.#past = past;
    this.#rows = rows;
  }

  get(key: string): unknown {
    return this.#rows.get(key);
  }

  entries(): Iterable<readonly [key: string, row: unknown]> {
    return entriesOf(this.#rows, this.#find(queryText(undefined)));
  }

  find(query?: FindQuery): readonly unknown[] {
    return rowsOf(this.#rows, this.#find(queryText(query)));
  }

  count(query?: { readonly where?: Where<unknown> }): number {
    const text = countText(query);
    return this.#now((past) => past.count(text));
  }

  explain(query?: FindQuery): Explanation {
    const text = queryText(query);
    return JSON.parse(this.#now((past) => past.explain(text))) as Explanation;
  }

  #find(text: string): Uint32Array {
    return this.#now((past) => past.find(text));
  }

  #now<T>(call: (past: EnginePast) => T): T {
    refuseWhileLooking();
    return this.#session.now(() => call(this.#past));
  }
}
