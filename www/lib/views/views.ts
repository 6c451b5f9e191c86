import type { EngineViews } from '#engine/glue';
import { describe } from '../arguments.ts';
import { madeElsewhere } from '../brand.ts';
import type { Session } from '../engine/session.ts';
import { type AnnalsError, invalidArgument } from '../errors.ts';
import { frozen } from '../frozen.ts';
import type { Notices } from '../notices.ts';
import { safely } from '../safely.ts';
import type { Upcasters } from '../upcasting/upcasters.ts';
import { EngineView } from './engine-view.ts';
import { type AnyProjection, type Projection, projectionOf, textOf } from './projection.ts';
import { ProjectionHost } from './projection-host.ts';
import { Saver } from './saver.ts';
import type { View } from './view.ts';

/** What the views of a store need of it. */
export interface ViewsContext {
  readonly session: Session;
  readonly notices: Notices;
  readonly upcasters: Upcasters;
  readonly checkOpen: () => void;
  /** The name of the lock under which views are saved; absent for a store whose views are not. */
  readonly lockName: string | undefined;
}

/** The views of a store. */
export class Views {
  readonly #context: ViewsContext;
  readonly #engine: EngineViews;
  readonly #views: Map<Projection, EngineView> = new Map();
  readonly #saver: Saver | undefined;
  #isEnded = false;

  constructor(projections: readonly Projection[], development: boolean, context: ViewsContext) {
    this.#context = context;
    const { session, lockName, upcasters } = context;
    const host = new ProjectionHost(development, upcasters, development ? frozen : (events) => events);
    this.#engine = session.now((engine) => engine.views(host));
    this.#saver = lockName === undefined ? undefined : new Saver(session, this.#engine, projections.length, lockName);
    projections.forEach((projection, number) => {
      const definition = projectionOf(projection) as AnyProjection;
      const view = new EngineView(definition, number, {
        session,
        host,
        engine: () => this.#engine,
        checkOpen: context.checkOpen,
        stopped: (view, error) => this.#stopped(view, error),
        moved: () => this.#saver?.consider(),
      });
      host.add(definition, view);
      this.#views.set(projection, view);
      session.now(() => this.#engine.register(ruleOf(definition, upcasters)));
    });
  }

  /** Whether there are any. */
  get isEmpty(): boolean {
    return this.#views.size === 0;
  }

  /** Takes over what is saved, and no more. */
  async restore(): Promise<void> {
    await this.#context.session.call(() => this.#engine.restore());
  }

  /** Takes over what is saved, brings all views up to the log, and keeps them there. */
  async open(inBackground: boolean, watch: (name: string, done: number, total: number) => boolean): Promise<void> {
    try {
      await this.#context.session.call(() => this.#engine.open(inBackground, watch));
    } catch (error) {
      for (const view of this.#views.values()) view.fail(error);
      // Who waits for a position hears of the end from there.
      if (this.#context.session.failure === undefined) this.#engine.follow();
      throw error;
    }
    const views = [...this.#views.values()];
    for (const number of this.#engine.dropped()) {
      const projection = (views[number] as EngineView).name;
      this.#context.notices.tell('viewRebuilt', { projection, reason: 'its save was damaged, or of other events' });
    }
    for (const view of views) view.isOpen();
    this.#engine.follow();
    this.#saver?.consider();
  }

  /** The view of a projection that was given to `openStore`. */
  view<Row>(projection: Projection<Row>): View<Row> {
    const found = this.#views.get(projection as Projection);
    if (found !== undefined) return found as View as View<Row>;
    const names = [...this.#views.keys()].map(({ name }) => name);
    const expected = `a projection that was given to openStore in \`projections\` (${names.length === 0 ? 'none was' : names.join(', ')})`;
    const { name } = (typeof projection === 'object' && projection !== null ? projection : {}) as { name?: unknown };
    const other = names.includes(name as string) ? `a different one of the name ${JSON.stringify(name)}` : JSON.stringify(name);
    throw invalidArgument('projection', expected, madeElsewhere(projection) ?? (typeof name === 'string' ? other : describe(projection)));
  }

  /** Saves what is not saved yet, as far as it is soon done. */
  async save(): Promise<void> {
    await this.#saver?.saveNow();
  }

  /** Nothing more will come. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#saver?.end();
    for (const view of this.#views.values()) view.end();
  }

  #stopped(view: EngineView, error: AnnalsError): void {
    // A page that looks right and only stands still is hard to find out about.
    // A console may look into what was thrown, and that may throw again.
    safely(() => console.error(`annals: ${error.message}`, error.cause));
    this.#context.notices.tell('projectionStopped', { projection: view.name, error });
  }
}

/** Refuses what cannot be registered: what was not defined, and a name that comes twice. What was checked is what is used: a copy. */
export function copyProjections(projections: unknown): readonly Projection[] {
  if (!Array.isArray(projections)) throw invalidArgument('options.projections', 'an array of projections', describe(projections));
  const names = new Set<string>();
  return Array.from(projections, (projection: unknown, n) => {
    const definition = projectionOf(projection);
    if (definition === undefined) throw invalidArgument(`options.projections[${n}]`, 'a projection, made by defineProjection', describe(projection));
    if (names.has(definition.name)) throw invalidArgument(`options.projections[${n}].name`, 'a name that no other projection has', JSON.stringify(definition.name));
    names.add(definition.name);
    return projection as Projection;
  });
}

function ruleOf(definition: AnyProjection, upcasters: Upcasters): object {
  const { name, version, categories, indexes, on } = definition;
  return { name, version, text: textOf(definition) + upcasters.textFor(on.keys()), types: upcasters.storedAs(on.keys()), categories: [...(categories ?? [])], indexes };
}
