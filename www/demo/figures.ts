/** What is stored, how well it is kept, and whether it is sound. */

import type { Store } from 'annals';
import { create, find } from './dom.ts';
import { formatBytes, formatCount, formatNumber } from './format.ts';
import { Outcome } from './outcome.ts';
import type { Panel } from './panel.ts';
import { sentenceOf } from './sentence.ts';

type Diagnostics = Awaited<ReturnType<Store['diagnostics']>>;
type Verification = Awaited<ReturnType<Store['verify']>>;

/** Milliseconds between two looks at the head of the store. */
const interval = 1000;
/** Looks that are taken after the head has moved: merging follows appends when the page is idle, and moves no head. */
const looksPerChange = 10;
/** Findings that are listed; the rest is only counted. */
const findingLimit = 20;

export class Figures implements Panel {
  readonly #list = find('figures', HTMLDListElement);
  readonly #check = find('check-bytes', HTMLButtonElement);
  readonly #keep = find('keep-data', HTMLButtonElement);
  readonly #outcome = new Outcome('storage-outcome');
  readonly #findings = find('findings', HTMLUListElement);
  #store: Store | undefined;
  #shownHead = -1;
  #looksLeft = 0;
  #lookedAt = 0;

  constructor() {
    this.#check.addEventListener('click', () => void this.#run((store) => this.#verify(store)));
    this.#keep.addEventListener('click', () => void this.#run((store) => this.#persist(store)));
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    this.#shownHead = -1;
    this.#outcome.clear();
    void this.#refresh(store);
    const timer = setInterval(() => void this.#refresh(store), interval);
    gone.addEventListener('abort', () => {
      clearInterval(timer);
      this.#store = undefined;
    });
  }

  /** Tells that the store may have changed: looks at once if the last look was a while ago. */
  look(): void {
    if (this.#store !== undefined && performance.now() - this.#lookedAt >= interval) void this.#refresh(this.#store);
  }

  async #refresh(store: Store): Promise<void> {
    const { head } = store;
    this.#looksLeft = head === this.#shownHead ? this.#looksLeft - 1 : looksPerChange;
    if (this.#looksLeft <= 0) return;
    this.#shownHead = head;
    this.#lookedAt = performance.now();
    try {
      const diagnostics = await store.diagnostics();
      if (store === this.#store) this.#draw(diagnostics, head);
    } catch {
      // A store that is closing has no figures: the banner tells why, and the last ones stay on the page.
    }
  }

  #draw(diagnostics: Diagnostics, head: number): void {
    const figures = figuresOf(diagnostics, head).map(([name, value]) => create('div', '', create('dt', '', name), create('dd', '', value)));
    this.#list.replaceChildren(...figures);
  }

  /** Runs an action of a button; while it runs the button does nothing. */
  async #run(action: (store: Store) => Promise<void>): Promise<void> {
    const store = this.#store;
    if (store === undefined || this.#check.ariaDisabled === 'true') return;
    this.#check.ariaDisabled = 'true';
    this.#keep.ariaDisabled = 'true';
    this.#findings.hidden = true;
    await action(store).catch((error: unknown) => this.#outcome.say('bad', sentenceOf(error)));
    this.#check.ariaDisabled = null;
    this.#keep.ariaDisabled = null;
  }

  async #verify(store: Store): Promise<void> {
    this.#outcome.say('good', 'Reading everything…');
    const verification = await store.verify();
    const sound = verification.findings.length === 0;
    this.#outcome.say(sound ? 'good' : 'bad', verdictOf(verification));
    this.#listFindings(verification.findings);
  }

  #listFindings(findings: Verification['findings']): void {
    this.#findings.hidden = findings.length === 0;
    const items = findings.slice(0, findingLimit).map((finding) => `${finding.kind}${whereIs(finding)}: ${finding.detail}`);
    if (findings.length > findingLimit) items.push(`and ${formatNumber(findings.length - findingLimit)} more`);
    this.#findings.replaceChildren(...items.map((text) => create('li', '', text)));
  }

  async #persist(store: Store): Promise<void> {
    const kept = await store.persist();
    this.#outcome.say(
      'good',
      kept
        ? 'The browser keeps this data until you delete it.'
        : 'The browser has not agreed: it may clear this data when room is short. Browsers agree more readily for pages in frequent use.',
    );
    this.#shownHead = -1;
    await this.#refresh(store);
  }
}

function figuresOf(diagnostics: Diagnostics, head: number): [name: string, value: string][] {
  const { events, streams, records, segments, bytesStored, bytesCached, bytesMerged, bytesOfMemory } = diagnostics;
  const { durability, quota, usage, persisted } = diagnostics;
  const figures: [string, string][] = [
    ['Events', formatNumber(events)],
    ['Streams', formatNumber(streams)],
    ['Head', formatNumber(head)],
    ['Stored', formatBytes(bytesStored)],
    ['For each event', events === 0 ? 'none yet' : formatBytes(bytesStored / events)],
    ['Records', formatNumber(records)],
    ['Segments', segments === 0 ? 'none yet' : formatNumber(segments)],
    ['Merged since opening', formatBytes(bytesMerged)],
    ['Memory of the engine', formatBytes(bytesOfMemory)],
    ['Cached in it', formatBytes(bytesCached)],
    ['Durability', durability],
  ];
  if (usage !== undefined && quota !== undefined) figures.push(['Quota used', `${formatBytes(usage)} of ${formatBytes(quota)}`]);
  if (persisted !== undefined) figures.push(['Kept', persisted ? 'until deleted' : 'while there is room']);
  return figures;
}

function verdictOf({ records, events, bytes, findings }: Verification): string {
  const read = `Read ${formatCount(records, 'record')} with ${formatCount(events, 'event')}, ${formatBytes(bytes)}.`;
  return findings.length === 0 ? `${read} All sound.` : `${read} ${formatCount(findings.length, 'thing')} found wrong:`;
}

/** Which events a finding concerns; some concern none. */
function whereIs({ position, last }: Verification['findings'][number]): string {
  if (position === 0) return '';
  return last > position ? ` at positions ${formatNumber(position)} to ${formatNumber(last)}` : ` at position ${formatNumber(position)}`;
}
