// SQLite's own wasm build on OPFS with the access-handle pool (`opfs-sahpool`), which its documentation calls the quickest, in a worker, where alone it runs.
// The page's half: what is asked goes to the worker (`sqlite-worker.js`), in as few messages as there can be.
//
// - The rules run in the worker, beside the database: no state and no history crosses over.
// - Events of a bulk cross as JSON text, which is cheaper to copy than objects, and is what is stored; commands cross as they are.
// - A store that is opened gets a worker that another one has left: what has run often is compiled better than what a new worker runs once.
// - The pool belongs to one tab at a time, so no other can read. Others are told by a BroadcastChannel of what was stored, in one message for each transaction.

import { rowsInOrder } from '../../contenders/projections.js';

const BULK = 10_000;

/** Ways to ask the workers of this page that have nothing to do. */
const idle = [];

export async function open(name, durability, { isBatched, isHearing, snapshots, view, watches } = {}) {
  if (durability !== 'strict') throw new Error('SQLite is measured with its full durability only');
  const channel = new BroadcastChannel(name);
  const hear = (listener) => (channel.onmessage = ({ data }) => listener(data));
  if (isHearing) return { hear, close: async () => channel.close() };

  const ask = idle.pop() ?? asker(new Worker('/peers/sqlite-worker.js', { type: 'module' }));
  await ask('open', { name, snapshots: Boolean(snapshots), watches });
  const watchers = new Map();
  const send = async (commands) => {
    const states = await ask('commands', commands);
    channel.postMessage(commands);
    return states;
  };

  return {
    append: isBatched ? together(send) : (streamId, command) => send([[streamId, command]]).then(([state]) => state),
    async bulk(writes) {
      if (view === 'items') return ask('fillRows', writes);
      // The next ones are made ready while the worker stores.
      const asked = [];
      for (let i = 0; i < writes.length; i += BULK) {
        asked.push(ask('bulk', writes.slice(i, i + BULK).map(({ streamId, revision, event: { type, data } }) => [streamId, revision, type, JSON.stringify(data)])));
      }
      await Promise.all(asked);
      if (snapshots) await ask('keepSnapshot', writes.at(-1).streamId);
    },
    read: async (after) => (await ask('read', after)).map(eventOf),
    count: () => ask('count'),
    readStream: async (streamId) => (await ask('readStream', streamId)).map(eventOf),
    streamRevision: (streamId) => ask('streamRevision', streamId),
    load: (streamId) => ask('load', streamId),
    foldAll: () => ask('foldAll'),
    async fold(name) {
      const rows = new Map(await ask('fold', name));
      return () => rowsInOrder(rows);
    },
    find: (_, { limit }) => ask('find', limit),

    watch: (key, listener) => void watchers.set(key, listener),
    async appendWatched(streamId, { type, data }, revision) {
      const row = await ask('appendWatched', [streamId, revision + 1, type, data]);
      channel.postMessage({ streamId, revision: revision + 1, type, data });
      watchers.get(streamId)?.(row);
    },
    hear,
    /** For the row about tabs: stored, then told. */
    async appendAndTell(streamId, event, revision) {
      await ask('bulk', [[streamId, revision + 1, event.type, JSON.stringify(event.data)]]);
      channel.postMessage({ streamId, revision: revision + 1, ...event });
    },
    async close() {
      channel.close();
      await ask('close');
      idle.push(ask);
    },
  };
}

/** One message, one answer. */
function asker(worker) {
  const waiting = new Map();
  let last = 0;
  worker.onmessage = ({ data: [id, answer, error] }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  };
  return (what, argument) => new Promise((resolve, reject) => {
    waiting.set((last += 1), { resolve, reject });
    worker.postMessage([last, what, argument]);
  });
}

/** What is called in one turn is one message, and one transaction. */
function together(send) {
  let waiting = [];
  const flush = () => {
    const sent = waiting;
    waiting = [];
    send(sent.map(({ call }) => call)).then(
      (answers) => sent.forEach(({ resolve }, i) => resolve(answers[i])),
      (error) => sent.forEach(({ reject }) => reject(error)),
    );
  };
  return (...call) => new Promise((resolve, reject) => {
    if (waiting.push({ call, resolve, reject }) === 1) queueMicrotask(flush);
  });
}

const eventOf = ([position, id, streamId, revision, type, data, recordedAt]) => ({ position, id, streamId, revision, type, data: JSON.parse(data), recordedAt });
