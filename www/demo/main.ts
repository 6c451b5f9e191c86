/** The demo page: opens a store and gives it to the parts of the page. */

import { deleteStore, isAnnalsError, openStore } from 'annals';
import type { Store } from 'annals';
import { Backup } from './backup.ts';
import { Banner } from './banner.ts';
import { Composer } from './composer.ts';
import { find } from './dom.ts';
import { Eraser } from './eraser.ts';
import { Figures } from './figures.ts';
import { Filters } from './filters.ts';
import { Importer } from './importer.ts';
import { LogView } from './log-view.ts';
import type { Panel } from './panel.ts';
import { sampleWrites } from './samples.ts';
import { sentenceOf } from './sentence.ts';
import { StatusLine } from './status-line.ts';
import { Suggestions } from './suggestions.ts';
import { user } from './users/user.ts';
import { userRows } from './users/user-rows.ts';
import { Users } from './users/users.ts';

type Storage = 'indexeddb' | 'memory';

const name = new URLSearchParams(location.search).get('store') || 'demo';

const statusLine = new StatusLine();
const banner = new Banner();
const suggestions = new Suggestions();
const figures = new Figures();
const filters = new Filters(() => void logView.show());
const logView = new LogView({
  query: () => filters.query(),
  filter: (field, value) => filters.set(field, value),
  clearFilters: () => filters.clear(),
  appendSamples: () => void appendSamples(),
  seen: (events) => {
    suggestions.learn(events);
    figures.look();
  },
});
const panels: readonly Panel[] = [
  statusLine,
  banner,
  suggestions,
  new Users(),
  logView,
  new Composer(),
  new Backup(),
  new Importer(),
  figures,
  new Eraser(() => void startOver()),
];

let store: Store | undefined;
let gone = new AbortController();

prepareLinks();
void open('indexeddb');

async function open(storage: Storage): Promise<void> {
  statusLine.show('opening', 'Opening the store…');
  try {
    const opened = await openStore({ name, storage, aggregates: [user], projections: [userRows] });
    gone = new AbortController();
    store = opened;
    for (const panel of panels) panel.attach(opened, gone.signal);
  } catch (error) {
    sayNotOpen(error);
  }
}

/** Never stores less well without asking: going on in memory is the reader's choice. */
function sayNotOpen(error: unknown): void {
  statusLine.show('stopped', 'Not open');
  const inMemory = { label: 'Go on in memory only', run: () => void open('memory') };
  const again = { label: 'Try again', run: () => location.reload() };
  banner.show(sentenceOf(error), isAnnalsError(error, 'StorageUnavailable') ? inMemory : again);
}

/** Deletes the store and opens a fresh one of the same name. */
async function startOver(): Promise<void> {
  gone.abort();
  statusLine.show('opening', 'Deleting the store…');
  try {
    await deleteStore(name);
  } catch (error) {
    return sayNotOpen(error);
  }
  await open('indexeddb');
}

/** Only into an empty log, so that a button pressed twice, or in two tabs at once, has done it once. */
async function appendSamples(): Promise<void> {
  try {
    await store?.appendMany(sampleWrites(), { condition: { failIfEventsMatch: { items: [{}] } } });
  } catch (error) {
    if (!isAnnalsError(error, 'AppendConditionFailed')) banner.show(sentenceOf(error));
  }
}

/** The skip link moves the focus by itself: the hash of the address belongs to the filters. */
function prepareLinks(): void {
  find('store-name', HTMLElement).textContent = name;
  find('skip-link', HTMLAnchorElement).addEventListener('click', (event) => {
    event.preventDefault();
    find('log-title', HTMLHeadingElement).focus();
  });
}
