// Whether annals has kept a snapshot: it does so when the page has time, after everything is acknowledged, so whoever wants one waits for it.

import { openDB } from 'idb';

const STORE = 'snapshots';
/** How long is waited for, and between two looks: milliseconds. */
const PATIENCE = 3000;
const BETWEEN = 50;

/** Whether there is a snapshot in a database, which has to be open. */
export async function isKept(name) {
  const db = await openDB(name);
  const until = performance.now() + PATIENCE;
  while ((await db.count(STORE)) === 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, BETWEEN));
  const count = await db.count(STORE);
  db.close();
  return count > 0;
}
