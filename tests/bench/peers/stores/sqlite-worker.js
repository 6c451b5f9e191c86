// SQLite's half in the worker. One connection has the database for itself, as the pool allows no other.
//
// - `locking_mode = exclusive` and a write-ahead log: one flush for each commit instead of three. `synchronous = full` flushes it before the answer.
// - Prepared statements, bound again and again; many events are one transaction.
// - Ids are 16 bytes instead of 36 characters, in the table and in the index.
// - States of aggregates, and the rows of a view that is listened to, are kept in memory. That [stream, revision] is unique keeps a revision from being stored twice.

import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

import { fold, initialState } from '../../contenders/orders.js';
import { foldInto, rowsInOrder } from '../../contenders/projections.js';
import { eventsOf } from '../../page/compare.js';
import { decideAll, knownBy } from './commanding.js';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, id BLOB NOT NULL, stream_id TEXT NOT NULL, revision INTEGER NOT NULL,
    type TEXT NOT NULL, data TEXT NOT NULL, recorded_at INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS events_of_stream ON events (stream_id, revision);
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_id ON events (id);
  CREATE TABLE IF NOT EXISTS snapshots (stream_id TEXT PRIMARY KEY, state TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rows (id TEXT PRIMARY KEY, cents INTEGER NOT NULL, row TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS rows_by_cents ON rows (cents);
`;
/** The database, its log, and one to spare. */
const FILES = 3;
const EVENT = 'position, lower(hex(id)), stream_id, revision, type, data, recorded_at';

// The other ways to OPFS are not made: they want workers of their own, which would take the time of opening.
globalThis.sqlite3ApiConfig = { disable: { vfs: { opfs: true, 'opfs-wl': true, kvvfs: true } } };

let sqlite3;
let db;
let pool;
let options;
/** Rows for those who watch, made of all events when the store is opened. */
let watched;
const known = new Map();
const prepared = new Map();

const methods = {
  async open(given) {
    options = given;
    pool = await poolIn(`.${given.name.replaceAll(/[^\w]/g, '-')}`);
    db = new pool.OpfsSAHPoolDb('/events.sqlite3');
    db.exec('PRAGMA locking_mode = exclusive; PRAGMA journal_mode = wal; PRAGMA synchronous = full;');
    if (db.selectValue('PRAGMA journal_mode') !== 'wal' || db.selectValue('PRAGMA synchronous') !== 2) throw new Error('SQLite does not do what it is measured for');
    db.exec(SCHEMA);
    watched = options.watches && foldInto(new Map(), options.watches, eventsIn('SELECT type, data, stream_id, revision FROM events ORDER BY position'));
  },

  commands,
  bulk(events) {
    const insert = statement('INSERT INTO events (id, stream_id, revision, type, data, recorded_at) VALUES (?, ?, ?, ?, ?, ?)');
    const recordedAt = Date.now();
    const ids = crypto.getRandomValues(new Uint8Array(16 * Math.min(events.length, 4096)));
    db.transaction(() => events.forEach(([streamId, revision, type, data], i) => {
      if (i > 0 && i % 4096 === 0) crypto.getRandomValues(ids);
      const at = 16 * (i % 4096);
      insert.bind([ids.subarray(at, at + 16), streamId, revision, type, data, recordedAt]).stepReset();
    }));
  },
  read: (after) => all(`SELECT ${EVENT} FROM events WHERE position > ? ORDER BY position`, [after]),
  count: () => value('SELECT count(*) FROM events'),
  readStream: (streamId) => all(`SELECT ${EVENT} FROM events WHERE stream_id = ? ORDER BY revision`, [streamId]),
  streamRevision: (streamId) => value('SELECT max(revision) FROM events WHERE stream_id = ?', [streamId]) ?? 0,
  load(streamId) {
    if (!options.snapshots) return loaded(streamId).state;
    const [[state, revision]] = all('SELECT state, revision FROM snapshots WHERE stream_id = ?', [streamId]);
    return fold(history(streamId, revision), JSON.parse(state));
  },
  foldAll: () => fold(eventsIn('SELECT type, data FROM events ORDER BY position'), initialState()),
  fold(name) {
    const rows = new Map();
    foldInto(rows, name, eventsIn('SELECT type, data, stream_id, revision FROM events ORDER BY position'));
    return [...rows];
  },
  keepSnapshot(streamId) {
    const { state, revision } = loaded(streamId);
    run('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)', [streamId, JSON.stringify(state), revision]);
  },

  fillRows(writes) {
    const insert = statement('INSERT INTO rows VALUES (?, ?, ?)');
    const rows = rowsInOrder(foldInto(new Map(), 'items', eventsOf(writes)));
    db.transaction(() => rows.forEach((row) => insert.bind([row.id, row.cents, JSON.stringify(row)]).stepReset()));
  },
  find: (limit) => all('SELECT row FROM rows ORDER BY cents DESC LIMIT ?', [limit]).map(([row]) => JSON.parse(row)),

  /** The event is stored; the row that it changes is in memory. */
  appendWatched([streamId, revision, type, data]) {
    db.transaction(() => insertEvent({ streamId, revision, type, data, recordedAt: Date.now() }));
    foldInto(watched, options.watches, [{ streamId, revision, type, data }]);
    return watched.get(streamId);
  },
  close() {
    for (const one of prepared.values()) one.finalize();
    prepared.clear();
    known.clear();
    db.close();
    pool.pauseVfs();
  },
};

/** Each store has a pool of its own; one that this worker had before is taken up again. */
async function poolIn(folder) {
  sqlite3 ??= await sqlite3InitModule({ locateFile: () => '/peers/sqlite3.wasm', print: () => undefined });
  const found = await sqlite3.installOpfsSAHPoolVfs({ name: folder, directory: folder, initialCapacity: FILES });
  return found.isPaused() ? found.unpauseVfs() : found;
}

onmessage = async ({ data: [id, what, argument] }) => {
  try {
    postMessage([id, await methods[what](argument)]);
  } catch (error) {
    postMessage([id, undefined, String(error?.message ?? error)]);
  }
};

/** All of them in one transaction. The pool keeps other tabs out: what is known cannot be outdated. */
function commands(calls) {
  return db.transaction(() => {
    const sent = calls.map(([streamId, command]) => ({ streamId, command }));
    for (const { streamId } of sent) if (!known.has(streamId)) known.set(streamId, loaded(streamId));
    const { events, states, after } = decideAll(known, sent);
    for (const event of events) insertEvent(event);
    for (const [streamId, what] of after) known.set(streamId, what);
    return states;
  });
}

/** Its id is made here: as text it would have to be read again. */
function insertEvent({ streamId, revision, type, data, recordedAt }) {
  statement('INSERT INTO events (id, stream_id, revision, type, data, recorded_at) VALUES (?, ?, ?, ?, ?, ?)')
    .bind([crypto.getRandomValues(new Uint8Array(16)), streamId, revision, type, JSON.stringify(data), recordedAt]).stepReset();
}

const loaded = (streamId) => knownBy(history(streamId, 0));

const history = (streamId, after) => [...eventsIn('SELECT type, data FROM events WHERE stream_id = ? AND revision > ? ORDER BY revision', [streamId, after])];

/** Events one by one, as columns in this order: type, data, and if they are asked for streamId and revision. */
function* eventsIn(sql, bound = []) {
  for (const [type, data, streamId, revision] of stepped(sql, bound)) yield { type, data: JSON.parse(data), streamId, revision };
}

function* stepped(sql, bound) {
  const asked = statement(sql);
  if (bound.length > 0) asked.bind(bound);
  try {
    while (asked.step()) yield asked.get([]);
  } finally {
    asked.reset();
  }
}

const all = (sql, bound = []) => [...stepped(sql, bound)];
const value = (sql, bound = []) => all(sql, bound)[0][0];
const run = (sql, bound) => void statement(sql).bind(bound).stepReset();

function statement(sql) {
  if (!prepared.has(sql)) prepared.set(sql, db.prepare(sql));
  return prepared.get(sql);
}
