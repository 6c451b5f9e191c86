import { beginFreshLog } from './fresh-log.ts';
import { answered, ended } from './records.ts';

/** A small database beside the stores', of all pages and workers of the origin. */
const DATABASE = 'annals pages';
const RUNNING = 'running';
const FILLER = 'filler';

/** Whoever starts waits for who is starting; and who runs has a lock by the name of its mark. */
const STARTING = 'annals pages';
const PREFIX = 'annals page ';

/** Longer nothing waits for this, in ms. */
const LIMIT_MS = 5_000;

let started: Promise<void> | undefined;

/**
 * Before a page stores anything: sees to it that Chromium's own log is sound.
 *
 * Chromium (156) keeps IndexedDB in LevelDB. Killed in the middle of a write it leaves the last record of LevelDB's log cut off, goes on behind it the next
 * time, and takes it for corruption the time after that: it deletes every database of the origin. So after an end that was not clean a new log is begun
 * first. An end was not clean when a page has left its mark, and no page lives that would have seen to it.
 *
 * Browsers without LevelDB do nothing of this. What fails here is no reason not to go on: it is the browser's fault that is lessened.
 */
export function cleanStart(): Promise<void> {
  return (started ??= startInTime());
}

async function startInTime(): Promise<void> {
  if (!hasLevelDb()) return;
  const tooLate = new Promise<void>((resolve) => void setTimeout(resolve, LIMIT_MS));
  await Promise.race([start().catch(() => {}), tooLate]);
}

async function start(): Promise<void> {
  const { locks } = navigator as Partial<Navigator>;
  if (locks === undefined) return;
  await locks.request(STARTING, { signal: AbortSignal.timeout(LIMIT_MS) }, async () => {
    const database = await open();
    const marks = await answered(database.transaction(RUNNING).objectStore(RUNNING).getAllKeys());
    const { held = [] } = await locks.query();
    const running = new Set(held.map(({ name }) => name));
    const left = marks.filter((mark) => !running.has(String(mark)));
    if (left.length > 0 && left.length === marks.length) await beginFreshLog(database, FILLER);
    await run(database, locks, left);
  });
}

/** Puts this page's mark in the place of those that were left. */
async function run(database: IDBDatabase, locks: LockManager, left: readonly IDBValidKey[]): Promise<void> {
  const mark = PREFIX + crypto.randomUUID();
  let release = (): void => {};
  const over = new Promise<void>((resolve) => (release = resolve));
  await new Promise<void>((resolve, reject) => {
    locks.request(mark, () => (resolve(), over)).catch(reject);
  });
  const marking = database.transaction(RUNNING, 'readwrite');
  for (const other of left) marking.objectStore(RUNNING).delete(other);
  marking.objectStore(RUNNING).put(Date.now(), mark);
  await ended(marking);
  whenLeft((isPutAway) => {
    unmark(database, mark);
    // A page with a lock is not put away.
    release();
    if (isPutAway) whenBack(() => (started = startInTime()));
  });
}

function unmark(database: IDBDatabase, mark: string): void {
  try {
    const leaving = database.transaction(RUNNING, 'readwrite');
    leaving.objectStore(RUNNING).delete(mark);
    leaving.commit();
    database.close();
  } catch {
    // The database was deleted, and the mark with it.
  }
}

async function open(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    try {
      for (const store of [RUNNING, FILLER]) opening.result.createObjectStore(store);
    } catch {
      // There is no room, say: the opening fails, which tells the same.
    }
  };
  const database = await answered(opening);
  // The user clears the site's data, say.
  database.onversionchange = () => database.close();
  return database;
}

/** A worker is not told of its end: it leaves its mark, which costs one new log if no page lives. */
function whenLeft(call: (isPutAway: boolean) => void): void {
  const hear = (event: PageTransitionEvent): void => {
    if (!event.isTrusted) return; // Made by the page, which goes on.
    globalThis.removeEventListener('pagehide', hear);
    call(event.persisted);
  };
  globalThis.addEventListener?.('pagehide', hear);
}

function whenBack(call: () => void): void {
  globalThis.addEventListener('pageshow', call, { once: true });
}

function hasLevelDb(): boolean {
  if (typeof navigator === 'undefined') return false;
  const { userAgentData } = navigator as { readonly userAgentData?: { readonly brands?: readonly { readonly brand: string }[] } };
  return userAgentData?.brands?.some(({ brand }) => brand === 'Chromium') ?? false;
}
