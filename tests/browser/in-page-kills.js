// What a page does until its browser is killed, and what is looked at afterwards. A page loads it from /tests/in-page-kills.js.
//
// Every event says of which attempt it is, which of how many, and has a text that follows from that: so whoever reads it knows whether it is whole.
import { defineProjection, openStore } from '/tests/in-page.js';

const STREAMS = 12;
/** What two views are of: each is saved for itself. */
const KEYS = { stream: ({ streamId }) => streamId, kind: ({ data }) => data.kind };
const projections = Object.entries(KEYS).map(([name, key]) => defineProjection({ name, version: 1, key, indexes: ['sum'], on: { Tried: count } }));

function count(row, { data, position }) {
  return { count: (row?.count ?? 0) + 1, sum: (row?.sum ?? 0) + data.n, last: position };
}

/** The text of an event, of some length. */
function textOf({ attempt, n, size }) {
  let [text, state] = ['', n + 1];
  for (const letter of attempt) state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0;
  while (text.length < size) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, size);
}

const draft = (attempt, kind, of, size) =>
  Array.from({ length: of }, (_, n) => ({ type: 'Tried', id: crypto.randomUUID(), tags: [kind], data: { attempt, kind, n, of, size, text: textOf({ attempt, n, size }) } }));

const someStream = () => `stream-${Math.floor(Math.random() * STREAMS)}`;

/** The ways to write; each answers with what is to be appended, and how. */
const KINDS = {
  single: (attempt, store) => send(attempt, draft(attempt, 'single', 1, 200), (events) => store.append(someStream(), events, { expectedRevision: 'any' })),
  bulk: (attempt, store) => send(attempt, draft(attempt, 'bulk', 60, 300), (events) => store.append(someStream(), events, { expectedRevision: 'any' })),
  // Larger than a record: several are written for one append.
  large: (attempt, store) => send(attempt, draft(attempt, 'large', 3, 300_000), (events) => store.append(someStream(), events, { expectedRevision: 'any' })),
  many: (attempt, store) =>
    send(attempt, draft(attempt, 'many', 6, 200), (events) =>
      store.appendMany([0, 1, 2].map((n) => ({ streamId: `stream-${n}`, events: events.slice(2 * n, 2 * n + 2), expectedRevision: 'any' })))),
  conditional: (attempt, store) =>
    send(attempt, draft(attempt, 'conditional', 2, 200), async (events) => {
      const expectedRevision = await store.streamRevision('exact');
      return store.append('exact', events, { expectedRevision, condition: { failIfEventsMatch: { items: [{ tags: ['nobody has it'] }] } } });
    }),
};

/** Says that an attempt has begun, and, once it is acknowledged, what was said. Another page may have been first. */
async function send(attempt, events, append) {
  tell({ begun: attempt });
  try {
    const { position, duplicate } = await append(events);
    tell({ acknowledged: { attempt, position, of: events.length, ids: [events[0].id, events.at(-1).id], duplicate } });
  } catch (error) {
    if (error.code !== 'RevisionConflict') throw error;
    tell({ refused: attempt });
  }
}

/** Writes until the browser is killed. Views are saved and segments merged all the time, and the test is told when either begins and is over. */
export async function work({ name, durability, hasLarge }) {
  watchTransactions();
  const store = await openStore({ name, durability, projections });
  store.on('failed', ({ error }) => tell({ failed: String(error) }));
  let attempts = 0;
  const page = crypto.randomUUID();
  const write = async (kind, pause) => {
    for (;;) {
      await KINDS[kind](`${page}-${(attempts += 1)}`, store);
      await pause();
    }
  };
  const rest = (ms) => () => new Promise((resolve) => setTimeout(resolve, ms * Math.random()));
  const save = async () => {
    for (;;) {
      dispatchEvent(new Event('pagehide'));
      await rest(60)();
    }
  };
  const merge = async () => {
    for (;;) {
      await store.merge();
      await rest(120)();
    }
  };
  const all = [write('single', rest(4)), write('single', rest(4)), write('bulk', rest(60)), write('many', rest(20)), write('conditional', rest(20)), save(), merge()];
  if (hasLarge) all.push(write('large', rest(400)));
  await Promise.all(all);
}

/** Tells of each save and each swap that begins and ends. */
function watchTransactions() {
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (stores, ...rest) {
    const made = transaction.call(this, stores, ...rest);
    const names = [...made.objectStoreNames];
    const what = made.mode !== 'readwrite' ? undefined : names.includes('segments') ? 'merge' : names.join() === 'views' ? 'save' : undefined;
    if (what !== undefined) {
      tell({ begins: what });
      for (const end of ['complete', 'abort']) made.addEventListener(end, () => tell({ ends: what }));
    }
    return made;
  };
}

/** Writes a save of a view without ending it, and begins an append, which could be written meanwhile; says when it has had time for that. */
export async function saveAndAppend({ name }) {
  const store = await openStore({ name, projections });
  await KINDS.bulk('whole', store);
  const { commit } = IDBTransaction.prototype;
  let isHeld = false;
  IDBTransaction.prototype.commit = function () {
    if (this.mode !== 'readwrite') return commit.call(this);
    const isFirst = !isHeld;
    isHeld = true;
    let asked = 0;
    // As long as it is asked, it does not commit.
    const ask = () => {
      asked += 1;
      if (isFirst && asked === 10) void KINDS.bulk('half', store);
      if (isFirst && asked === 500) tell('now');
      this.objectStore(this.objectStoreNames[0]).count().onsuccess = ask;
    };
    ask();
  };
  dispatchEvent(new Event('pagehide'));
}

/** What is there: every attempt with its place, and all that is wrong with it. */
export async function examine({ name }) {
  const store = await openStore({ name, projections });
  const rebuilt = [];
  store.on('viewRebuilt', (notice) => rebuilt.push(notice));
  const [torn, attempts, plain] = [[], new Map(), projections.map(() => new Map())];
  let [position, last, revisions] = [0, undefined, new Map()];
  for await (const event of store.readAll()) {
    const { data, id, streamId } = event;
    const { attempt, n, of, size, text } = data;
    if (event.position !== (position += 1)) torn.push(`position ${event.position} after ${position - 1}`);
    const revision = (revisions.get(streamId) ?? 0) + 1;
    revisions.set(streamId, revision);
    if (event.revision !== revision) torn.push(`${streamId}: revision ${event.revision} for ${revision}`);
    if (text !== textOf({ attempt, n, size })) torn.push(`the text at ${position}`);
    const found = attempts.get(attempt) ?? { count: 0, of, first: id };
    if (found.count !== n || (n > 0 && last !== attempt)) torn.push(`${attempt}: event ${n} at ${position}, after ${found.count} of it`);
    attempts.set(attempt, { ...found, count: found.count + 1, position, last: id });
    last = attempt;
    Object.values(KEYS).forEach((keyOf, which) => plain[which].set(keyOf(event), count(plain[which].get(keyOf(event)), event)));
  }
  for (const [attempt, { count, of }] of attempts) if (count !== of) torn.push(`${attempt}: ${count} of ${of} events`);
  const { findings } = await store.verify();
  const views = store.isNew ? [] : projections.flatMap((projection, which) => difference(store.view(projection), plain[which]));
  const { segments } = await store.diagnostics();
  const { head } = store;
  await store.close();
  return {
    head, events: position, segments, torn, findings, views, rebuilt,
    attempts: [...attempts].map(([attempt, { position, of, first, last }]) => [attempt, position, of, first, last]),
  };
}

function difference(view, plain) {
  const text = (entries) => [...entries].map((entry) => JSON.stringify(entry)).sort();
  const [found, expected] = [text(view.entries()), text(plain)];
  return JSON.stringify(found) === JSON.stringify(expected) ? [] : [`a view: expected ${expected}, found ${found}`];
}
