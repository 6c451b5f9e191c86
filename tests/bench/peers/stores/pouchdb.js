// PouchDB 9 on IndexedDB (`idb`, what it takes by itself), as its documentation advises.
//
// - `put` and `bulkDocs` with ids of our own, never `post`: the id says stream and revision, so that it is the index, and a second document of one revision is a
//   conflict. Streams are ranges of ids, read with `allDocs`, not with `query`.
// - Many events are one `bulkDocs`, 1,000 at a time, as annals gets them.
// - Rows of a view have ids that begin with what they are ordered by, for the same reason.
// - `revs_limit: 1` and `auto_compaction`, as nothing is ever changed; no `deterministic_revs`, which would take an MD5 of each document.
// - It says nothing of durability, so IndexedDB's default would hold, which is 'relaxed' in Chromium: it is made what the row asks for.

import PouchDB from 'pouchdb-browser';

import { fold } from '../../contenders/orders.js';
import { foldInto, rowsInOrder } from '../../contenders/projections.js';
import { eventsOf } from '../../page/compare.js';
import { commandsOf, knownBy } from './commanding.js';

const BULK = 1000;

export async function open(name, durability, { isBatched, snapshots, view, watches } = {}) {
  makeDurable(durability);
  const db = new PouchDB(name, { revs_limit: 1, auto_compaction: true, deterministic_revs: false });
  // It would open its database only with the first question, which in rows that read comes after the clock has started.
  await db.info();
  const rows = watches === undefined ? undefined : foldInto(new Map(), watches, await allEvents());
  const watchers = new Map();
  let feed;

  const ofStream = async (streamId, after = 0) => (await db.allDocs({ include_docs: true, ...idsOf(streamId, after) })).rows.map(eventOf);
  const load = async (streamIds) => (await Promise.all(streamIds.map((streamId) => ofStream(streamId)))).map(knownBy);
  async function add(events) {
    const documents = events.map(documentOf);
    if (documents.length === 1) return db.put(documents[0]);
    const failed = (await db.bulkDocs(documents)).find(({ error }) => error);
    if (failed) throw failed;
    return undefined;
  }

  return {
    append: commandsOf({ load, add, isConflict: ({ status }) => status === 409 }, { isBatched }),
    async bulk(writes) {
      if (view === 'items') return addAll(rowsInOrder(foldInto(new Map(), view, eventsOf(writes))).map((row) => ({ _id: `${padded(row.cents)}/${row.id}`, row })));
      const recordedAt = Date.now();
      await addAll(writes.map(({ streamId, revision, event }) => documentOf({ streamId, revision, ...event, id: crypto.randomUUID(), recordedAt })));
      if (snapshots) await keepSnapshot(writes.at(-1).streamId);
    },
    read: async (after) => (await db.changes({ since: after, include_docs: true })).results.filter(({ id }) => !id.startsWith('snapshot')).map(eventOf),
    count: async () => (await db.info()).doc_count,
    readStream: ofStream,
    async streamRevision(streamId) {
      const { startkey, endkey } = idsOf(streamId, 0);
      const { rows: [newest] } = await db.allDocs({ startkey: endkey, endkey: startkey, descending: true, limit: 1 });
      return newest === undefined ? 0 : Number(newest.id.slice(-8));
    },
    async load(streamId) {
      if (!snapshots) return fold(await ofStream(streamId));
      const { state, revision } = await db.get(`snapshot/${streamId}`);
      return fold(await ofStream(streamId, revision), state);
    },
    foldAll: async () => fold(await allEvents()),
    async fold(name) {
      const made = foldInto(new Map(), name, await allEvents());
      return () => rowsInOrder(made);
    },
    find: async (_, { limit }) => (await db.allDocs({ include_docs: true, descending: true, limit })).rows.map(({ doc }) => doc.row),

    /** The feed of changes tells of what is stored; the view is a Map in memory, made of all events when the store is opened. */
    watch(key, listener) {
      watchers.set(key, listener);
      feed ??= db.changes({ live: true, since: 'now', include_docs: true }).on('change', ({ doc }) => {
        const event = eventOf({ doc });
        foldInto(rows, watches, [event]);
        watchers.get(event.streamId)?.(rows.get(event.streamId));
      });
    },
    appendWatched: (streamId, event, revision) => add([{ id: crypto.randomUUID(), streamId, revision: revision + 1, ...event, recordedAt: Date.now() }]),
    hear: (listener) => void (feed = db.changes({ live: true, since: 'now', include_docs: true }).on('change', ({ doc }) => listener(eventOf({ doc })))),
    async close() {
      feed?.cancel();
      await db.close();
    },
  };

  async function allEvents() {
    return (await db.allDocs({ include_docs: true, endkey: 'order-\ufff0' })).rows.map(eventOf);
  }

  async function addAll(documents) {
    const slices = Array.from({ length: Math.ceil(documents.length / BULK) }, (_, n) => documents.slice(n * BULK, (n + 1) * BULK));
    const failed = (await Promise.all(slices.map((slice) => db.bulkDocs(slice)))).flat().find(({ error }) => error);
    if (failed) throw failed;
  }

  async function keepSnapshot(streamId) {
    const [{ state, revision }] = await load([streamId]);
    await db.put({ _id: `snapshot/${streamId}`, state, revision });
  }
}

const padded = (number) => String(number).padStart(8, '0');
const documentOf = ({ streamId, revision, id, type, data, recordedAt }) => ({ _id: `${streamId}/${padded(revision)}`, id, type, data, recordedAt });
const idsOf = (streamId, after) => ({ startkey: `${streamId}/${padded(after + 1)}`, endkey: `${streamId}/99999999` });

function eventOf({ doc: { _id, id, type, data, recordedAt } }) {
  const slash = _id.lastIndexOf('/');
  return { id, streamId: _id.slice(0, slash), revision: Number(_id.slice(slash + 1)), type, data, recordedAt };
}

let isDurable = false;

function makeDurable(durability) {
  if (isDurable) return;
  isDurable = true;
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function durable(stores, mode, options) {
    return transaction.call(this, stores, mode, { durability, ...options });
  };
}
