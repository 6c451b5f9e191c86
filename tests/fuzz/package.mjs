// Calls of the package with arguments that nobody should pass: each is answered, or refused with an AnnalsError that is not EngineFailed.
//   node tests/fuzz/package.mjs [--runs N] [--seconds N] [--seed N]
// A run is told by its seed: what has been found is found again by it.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { defineAggregate, defineProjection, isAnnalsError, openStore } from '../../dist/index.js';

/** So many calls go to one store; then it has to work still, and the next ones go to another. */
const CALLS_PER_STORE = 500;
const CALL_LIMIT_MS = 10_000;

/** Thrown by the arguments themselves: it is for the caller to see. */
class Hostile extends Error {}

const throwHostile = () => {
  throw new Hostile();
};

/** mulberry32 (Ettinger, 2017). */
function randomness(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const cyclic = {};
cyclic.self = cyclic;

/** Values that were not thought of, one by one. */
const STRANGE = [
  undefined, null, true, false, 0, -0, 1, -1, 7, 1.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e300, 5n, 2n ** 70n, '', ' ',
  'a', 'x-1', '\ud800', '\udc00x', '\0', '__proto__', 'constructor', 'toString', 'a.b', 'a.b.c.d', '..', '🦀', 'x'.repeat(513), 'é'.repeat(600), '00000000-0000-7000-8000-000000000001', 'any',
  'noStream', 'head', 'backward', [], {}, [[]], [,], [, 1], Array(100).fill(null), Object.create(null), cyclic, Symbol('s'), Symbol.iterator, () => 1, throwHostile, new Date(0), new Date(NaN),
  new Map([[1, 2]]), new Set(), new Uint8Array(8), new ArrayBuffer(8), /x/, new Error('x'), Promise.resolve(1), new Proxy({}, { get: throwHostile, ownKeys: throwHostile, has: throwHostile }),
  new Proxy([], { get: throwHostile }), { then: 1 }, { toJSON: throwHostile }, { toJSON: () => undefined }, { toString: throwHostile }, { valueOf: throwHostile }, Object.freeze({ a: 1 }), new AbortController().signal,
  AbortSignal.abort(), { get type() { return throwHostile(); } }, { get items() { return throwHostile(); } }, { length: 3 }, new String('s'), new Number(3), Object(1n), globalThis,
];

const event = { type: 'Opened', data: { owner: 'ada', n: [1, { x: null }] }, id: '00000000-0000-7000-8000-000000000001', tags: ['red', 'blue'], metadata: { by: 'ada' }, version: 2 };
const query = { items: [{ types: ['Opened'], tags: ['red'] }, { streams: ['account-a'], categories: ['account'] }] };
const condition = { failIfEventsMatch: query, after: 1 };

const account = () => ({
  name: 'account',
  initialState: () => ({ balance: 0 }),
  decide: { Deposit: (state, { data }) => ({ type: 'Opened', data }), Refuse: throwHostile },
  evolve: { Opened: (state, { data }) => ({ balance: state.balance + (data?.amount ?? 1) }) },
  snapshots: { every: 2, version: 1 },
});
const balances = () => ({
  name: 'balances',
  version: 1,
  from: ['account'],
  on: { Opened: (row, { data, streamId }) => ({ streamId, amount: (row?.amount ?? 0) + 1, data }) },
  indexes: ['amount', 'data.owner'],
  onError: 'skip',
});

/** How each call is made, and arguments that are right: of these a place or two are changed. */
const CALLS = [
  { name: 'append', args: () => ['account-a', [event, { type: 'Closed' }], { expectedRevision: 'any', condition }], call: ({ store }, ...args) => store.append(...args) },
  { name: 'append fresh', args: () => ['account-b', [{ type: 'Opened', data: { amount: 2, owner: 'bob' }, tags: ['red'] }], { expectedRevision: 'any' }], call: ({ store }, ...args) => store.append(...args) },
  { name: 'appendMany', args: () => [[{ streamId: 'account-a', events: [{ type: 'Opened' }], expectedRevision: 'any' }, { streamId: 'b', events: [], expectedRevision: 0 }], { condition }], call: ({ store }, ...args) => store.appendMany(...args) },
  { name: 'readAll', args: () => [{ after: 1, until: 9, time: { from: 0, until: 2 ** 45 }, query, direction: 'backward', limit: 5 }], call: ({ store }, ...args) => store.readAll(...args).toArray() },
  { name: 'readStream', args: () => ['account-a', { from: 1, to: 5, direction: 'backward', limit: 3 }], call: ({ store }, ...args) => store.readStream(...args).toArray() },
  { name: 'streams', args: () => [{ prefix: 'a', after: 'a', limit: 4 }], call: ({ store }, ...args) => store.streams(...args) },
  { name: 'event', args: () => ['00000000-0000-7000-8000-000000000001'], call: ({ store }, ...args) => store.event(...args) },
  { name: 'streamRevision', args: () => ['account-a'], call: ({ store }, ...args) => store.streamRevision(...args) },
  {
    name: 'subscribe',
    args: () => [{ after: 0, query }, () => {}],
    call: ({ store }, ...args) => {
      const subscription = store.subscribe(...args);
      void Promise.resolve(subscription.closed).catch(() => {});
      return subscription.close?.();
    },
  },
  { name: 'dispatch', args: () => ['a', { type: 'Deposit', data: { amount: 1, owner: 'ada' } }, { commandId: 'one', expectedRevision: 0, condition, metadata: { by: 'x' }, retries: 1 }], call: ({ store, aggregate }, ...args) => store.dispatch(aggregate, ...args) },
  { name: 'dispatch fresh', args: () => ['b', { type: 'Deposit', data: { amount: 1, owner: 'ada' } }, {}], call: ({ store, aggregate }, ...args) => store.dispatch(aggregate, ...args) },
  { name: 'load', args: () => ['a', { asOf: { revision: 1 } }], call: ({ store, aggregate }, ...args) => store.load(aggregate, ...args) },
  { name: 'find', args: () => [{ where: { amount: { gte: 1, lt: 9 }, 'data.owner': { in: ['ada', null] }, streamId: { startsWith: 'acc' } }, orderBy: 'amount', direction: 'descending', limit: 3, offset: 1 }], call: ({ view }, ...args) => view.find(...args) },
  { name: 'count', args: () => [{ where: { amount: 1, 'data.owner': { eq: 'ada' } } }], call: ({ view }, ...args) => view.count(...args) },
  { name: 'explain', args: () => [{ where: { amount: { gt: 0 } }, orderBy: 'data.owner' }], call: ({ view }, ...args) => view.explain(...args) },
  { name: 'live', args: () => [{ where: { amount: { gt: 0 } }, limit: 2 }], call: ({ view }, ...args) => { const live = view.live(...args); live.get?.(); live.close?.(); } },
  { name: 'asOf', args: () => [{ position: 3 }], call: ({ view }, ...args) => view.asOf(...args) },
  { name: 'diagnostics', args: () => [], call: ({ store }) => store.diagnostics() },
  { name: 'verify', args: () => [{ onProgress: () => {} }], call: ({ store }, ...args) => store.verify(...args) },
  { name: 'export', args: () => [{ after: 1, query: { items: [{ types: ['A'] }] } }], call: ({ store }, ...args) => new Response(store.export(...args)).text() },
  { name: 'import', args: () => [new Blob(['{"type":"annals.export.started"}']), {}], call: ({ store }, ...args) => store.import(...args) },
  { name: 'merge', args: () => [{}], call: ({ store }, ...args) => store.merge(...args) },
  { name: 'on', args: () => ['changed', () => {}], call: ({ store }, ...args) => store.on(...args)() },
  { name: 'send', args: () => [{ type: 'Ask', data: 1 }], call: ({ store }, ...args) => store.send(...args) },
  { name: 'query', args: () => [{ type: 'Ask', data: 1 }], call: ({ store }, ...args) => store.query(...args) },
  { name: 'defineAggregate', args: () => [account()], call: async (_, ...args) => useAggregate(defineAggregate(...args)) },
  { name: 'defineProjection', args: () => [balances()], call: async (_, ...args) => useProjection(defineProjection(...args)) },
  {
    name: 'openStore',
    args: () => [{ name: 'x', storage: 'memory', durability: 'relaxed', aggregates: [], projections: [], expect: { storeId: '00000000-0000-4000-8000-000000000001', head: 0 }, development: false }],
    // Node has no IndexedDB, and what is not in memory is refused for that.
    call: async (_, ...args) => (await openStore(...args)).close(),
  },
];

async function useAggregate(aggregate) {
  const store = await openStore({ name: 'a', storage: 'memory', aggregates: [aggregate] });
  try {
    await store.dispatch(aggregate, 'a', { type: 'Deposit', data: { amount: 1 } });
    await store.dispatch(aggregate, 'a', { type: 'Deposit', data: { amount: 1 } });
    await store.load(aggregate, 'a');
  } finally {
    await store.close();
  }
}

async function useProjection(projection) {
  const store = await openStore({ name: 'p', storage: 'memory', projections: [projection] });
  try {
    await store.append('account-a', [event], { expectedRevision: 'any' });
    store.view(projection).find({});
  } finally {
    await store.close();
  }
}

/** Whether one may look inside: into what is strange nobody looks, for it throws. */
const isPlain = (value) => typeof value === 'object' && value !== null && !STRANGE.includes(value);

/** All places in a value, as paths. */
function places(value, path = []) {
  return [path, ...(isPlain(value) ? Object.keys(value).flatMap((key) => places(value[key], [...path, key])) : [])];
}

/** A copy in which what is at a path is made anew. */
function changed(value, [key, ...rest], make) {
  if (key === undefined) return make(value);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = changed(value[key], rest, make);
  return copy;
}

function hostile(args, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  for (let n = Math.floor(random() * 3); n >= 0; n -= 1) {
    const path = pick(places(args).slice(1));
    if (path === undefined) return args;
    args = changed(args, path, (value) => {
      if (random() < 0.2 && isPlain(value) && !Array.isArray(value)) return { ...value, [String(pick(['extra', '__proto__x', 'type', 'then']))]: pick(STRANGE) };
      if (random() < 0.1 && isPlain(value) && Array.isArray(value)) return [...value, ...value, pick(STRANGE)];
      return pick(STRANGE);
    });
  }
  return args;
}

function within(work, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer in ${CALL_LIMIT_MS} ms`)), CALL_LIMIT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What a call came to; anything but an answer, a typed refusal, or what the arguments themselves have thrown is a finding. */
async function ask(world, { name, args, call }, random) {
  const given = hostile(args(), random);
  try {
    await within((async () => call(world, ...given))(), name);
    return 'answered';
  } catch (error) {
    if (error instanceof Hostile || error?.cause instanceof Hostile) return 'thrown';
    if (isAnnalsError(error) && error.code !== 'EngineFailed') return error.code;
    console.error(name, given);
    throw error;
  }
}

async function newWorld() {
  const [aggregate, projection] = [defineAggregate(account()), defineProjection(balances())];
  const store = await openStore({ name: 'fuzz', storage: 'memory', aggregates: [aggregate], projections: [projection] });
  await store.append('account-a', [{ type: 'Opened', data: { owner: 'ada' }, tags: ['red'] }], { expectedRevision: 'any' });
  return { store, aggregate, view: store.view(projection) };
}

/** The store works as before, and everything in it is whole. */
async function lookAt({ store, view }) {
  const { position } = await store.append('after-all', [{ type: 'Opened' }], { expectedRevision: 'any' });
  const events = await store.readAll().toArray();
  if (events.at(-1)?.position !== position || events.length !== position) throw new Error(`${events.length} events up to position ${position}`);
  if (view.count({}) !== view.find({}).length) throw new Error('a view counts other rows than it finds');
  const { findings } = await store.verify();
  if (findings.length > 0) throw new Error(`damage: ${JSON.stringify(findings)}`);
}

const { values } = parseArgs({ options: { runs: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } } });
const [runs, seconds] = [Number(values.runs ?? Infinity), Number(values.seconds ?? Infinity)];
let seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const start = performance.now();
const outcomes = {};
let calls = 0;
for (; calls < runs && performance.now() - start < seconds * 1000; seed += 1) {
  const random = randomness(seed);
  let said = 0;
  // A listener or a projection that throws is said on the console: here that is what they are for.
  const { error, warn } = console;
  console.error = console.warn = () => (said += 1);
  let asked = 'openStore';
  try {
    const world = await newWorld();
    for (let n = 0; n < CALLS_PER_STORE && calls < runs; n += 1, calls += 1) {
      const one = CALLS[Math.floor(random() * CALLS.length)];
      asked = one.name;
      const outcome = await ask(world, one, random);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    asked = 'a look at the store';
    await lookAt(world);
    await world.store.close();
  } catch (fault) {
    Object.assign(console, { error, warn });
    console.error(`seed ${seed}, call ${calls}, ${asked}:`, fault);
    process.exit(1);
  }
  Object.assign(console, { error, warn });
}
const rate = Math.round(calls / ((performance.now() - start) / 1000));
console.log(`#${calls} calls, ${rate} a second: ${JSON.stringify(outcomes)}`);
