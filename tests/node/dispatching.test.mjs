// Commands and states: what is decided, what is stored, and what is said when it is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineAggregate, openStore } from '../../dist/index.js';
import { assertInvalid, assertRefused, errorOf } from './helpers.mjs';
import { create, user, UserError } from './users.mjs';

const counter = defineAggregate({
  name: 'counter',
  initialState: () => ({ total: 0, seen: [] }),
  decide: {
    Add: (state, { data }) => ({ type: 'Added', data: { by: data, after: state.seen.length } }),
    AddUpTo: (state, { data }) => {
      if (state.total >= data) throw new RangeError(`${state.total} is enough`);
      return { type: 'Added', data: { by: 1, after: state.seen.length } };
    },
    Note: () => ({ type: 'Noted', data: 'nobody looks' }),
  },
  evolve: {
    Added: ({ total, seen }, { data, revision }) => ({ total: total + data.by, seen: [...seen, revision] }),
  },
});

async function opened(t, aggregates = [user, counter], options = {}) {
  const store = await openStore({ name: t.name, storage: 'memory', aggregates, ...options });
  t.after(() => store.close());
  return store;
}

test('a user is created, renamed and deactivated', async (t) => {
  const store = await opened(t);
  const created = await store.dispatch(user, 'ada', create('ada'));
  assert.deepEqual(created.state, { id: 'ada', name: 'ADA', email: 'ada@example.org', active: true, version: 1 });
  const { revision, position, duplicate, attempts } = created;
  assert.deepEqual({ revision, position, duplicate, attempts }, { revision: 1, position: 1, duplicate: false, attempts: 1 });
  const [event] = created.events;
  assert.deepEqual(event, await store.event(event.id), 'the events are those that are stored');
  assert.deepEqual([event.type, event.streamId, event.tags], ['UserCreated', 'user-ada', ['email:ada@example.org']]);
  await store.dispatch(user, 'ada', { type: 'RenameUser', data: { name: 'Ada King' } });
  const gone = await store.dispatch(user, 'ada', { type: 'DeactivateUser' });
  assert.deepEqual(gone.state, { id: 'ada', name: 'Ada King', email: 'ada@example.org', active: false, version: 3 });
  const again = await store.dispatch(user, 'ada', { type: 'DeactivateUser' });
  assert.deepEqual([again.revision, again.events, again.position], [3, [], 3]);
  assert.deepEqual(await store.load(user, 'ada'), { state: gone.state, revision: 3, head: 3 });
});

test('what decide throws comes back as the very same object, and nothing is written', async (t) => {
  const store = await opened(t);
  for (const [command, reason] of [
    [create('ada', 'nobody'), 'invalid'],
    [{ type: 'RenameUser', data: { name: 'x' } }, 'notFound'],
    [{ type: 'DeactivateUser' }, 'notFound'],
  ]) {
    const error = await errorOf(() => store.dispatch(user, 'ada', command));
    assert.ok(error instanceof UserError);
    assert.equal(error.reason, reason);
  }
  const thrown = { any: 'thing' };
  const strict = defineAggregate({ name: 'strict', initialState: () => 0, decide: { Do: () => { throw thrown; } }, evolve: {} });
  const other = await openStore({ name: 'strict', storage: 'memory', aggregates: [strict] });
  assert.equal(await errorOf(() => other.dispatch(strict, 'a', { type: 'Do' })), thrown);
  await other.close();
  await store.dispatch(user, 'ada', create('ada'));
  assert.equal((await errorOf(() => store.dispatch(user, 'ada', create('ada')))).reason, 'exists');
  assert.equal(store.head, 1);
});

test('an e-mail belongs to one user when its tag is a condition', async (t) => {
  const store = await opened(t);
  const unique = (email) => ({ condition: { failIfEventsMatch: { items: [{ tags: [`email:${email}`] }] } } });
  await store.dispatch(user, 'ada', create('ada', 'a@b.c'), unique('a@b.c'));
  await assertRefused(() => store.dispatch(user, 'bob', create('bob', 'A@B.c'), unique('a@b.c')), 'AppendConditionFailed', { positions: [1], retryable: true });
  assert.equal((await store.load(user, 'bob')).state, null);
});

test('a thousand commands at once are decided in call order, each on what the former ones leave', async (t) => {
  const store = await opened(t);
  const results = await Promise.all(Array.from({ length: 1000 }, (_, n) => store.dispatch(counter, 'a', { type: 'Add', data: n })));
  results.forEach(({ state, revision, attempts }, n) => assert.deepEqual([state.total, revision, attempts], [(n * (n + 1)) / 2, n + 1, 1]));
  const events = await store.readStream('counter-a').toArray();
  assert.ok(events.every(({ data, revision }) => data.after === revision - 1));
});

test('a refusal that rests on a pending command comes once that is stored', async (t) => {
  const store = await opened(t);
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => store.dispatch(counter, 'a', { type: 'AddUpTo', data: 2 })));
  assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'fulfilled', 'rejected']);
  assert.ok(outcomes[2].reason instanceof RangeError);
  assert.equal(outcomes[2].reason.message, '2 is enough');
  assert.equal(store.head, 2);
});

test('what was appended before a dispatch is in the state that it is decided on', async (t) => {
  const store = await opened(t);
  await store.dispatch(counter, 'a', { type: 'Add', data: 1 });
  const appended = store.append('counter-a', [{ type: 'Added', data: { by: 10, after: 1 } }], { expectedRevision: 'any' });
  const { state } = await store.dispatch(counter, 'a', { type: 'Add', data: 100 });
  await appended;
  assert.equal(state.total, 111);
});

test('of one turn, commands keep their order, appends theirs, and what was appended before a command comes before it', async (t) => {
  const store = await opened(t);
  const add = (by) => store.dispatch(counter, 'a', { type: 'Add', data: by });
  const append = (by) => store.append('counter-a', [{ type: 'Added', data: { by, after: -1 } }], { expectedRevision: 'any' });
  await add(0);
  await Promise.all([add(1), append(2), add(3), add(4), append(5), store.appendMany([{ streamId: 'counter-a', events: [{ type: 'Added', data: { by: 6 } }], expectedRevision: 'any' }]), add(7)]);
  const events = await store.readStream('counter-a').toArray();
  const found = events.map(({ data }) => data.by);
  const among = (...these) => found.filter((by) => these.includes(by));
  assert.deepEqual([found.length, among(0, 1, 3, 4, 7), among(2, 5, 6)], [8, [0, 1, 3, 4, 7], [2, 5, 6]]);
  assert.deepEqual([among(2, 3), among(6, 7)], [[2, 3], [6, 7]]);
});

test('a state is made of the same metadata before and after it is stored', async (t) => {
  const looking = defineAggregate({
    name: 'looking',
    initialState: () => [],
    decide: {
      Look: () => ({ type: 'Looked' }),
      LookTwice: () => [{ type: 'Looked', metadata: { own: 1 } }, { type: 'Passed', data: 5 }, { type: 'Looked', data: undefined, version: 3 }],
    },
    evolve: { Looked: (seen, { metadata, data, version, revision }) => [...seen, { metadata, data, version, revision }] },
  });
  const store = await opened(t, [looking]);
  await store.dispatch(looking, 'a', { type: 'Look' });
  await store.dispatch(looking, 'a', { type: 'LookTwice' });
  await store.dispatch(looking, 'a', { type: 'Look' }, { metadata: { from: 'options' } });
  await store.dispatch(looking, 'a', { type: 'Look', metadata: { from: 'command' } });
  const { state, events } = await store.dispatch(looking, 'a', { type: 'Look' }, { commandId: 'one' });
  const stored = (await store.readStream('looking-a').toArray()).filter(({ type }) => type === 'Looked');
  assert.deepEqual(state, stored.map(({ metadata, data, version, revision }) => ({ metadata, data, version, revision })));
  assert.deepEqual(events[0].metadata, { causationId: 'one', commandId: 'one', correlationId: 'one' });
  const causes = stored.map(({ metadata }) => metadata.causationId);
  assert.deepEqual([new Set(causes).size, causes[1] === causes[2]], [5, true], 'each command is a cause of its own');
});

test('a command is decided as it was when it was given, whatever its data are', async (t) => {
  const seen = [];
  const seeing = defineAggregate({ name: 'seeing', initialState: () => 0, decide: { See: (_, { data }) => void seen.push(data) }, evolve: {} });
  const store = await opened(t, [seeing]);
  const plain = { a: [1, { b: 'x' }, null, undefined], c: undefined };
  const holed = [1, , 3]; // eslint-disable-line no-sparse-arrays
  const [cyclic, inherited, made] = [{}, Object.create({ from: 'above' }), JSON.parse('{"__proto__":{"polluted":1}}')];
  cyclic.self = cyclic;
  inherited.own = 1;
  const deep = Array.from({ length: 50 }).reduce((inner) => ({ inner }), 'bottom');
  const odd = Object.assign([], { length: 2, 1: 'v', x: 1 });
  const [vast, one] = [[], { v: 1 }];
  vast[4e9] = 1;
  let many = one;
  for (let n = 0; n < 15; n++) many = { a: many, b: many, c: many };
  const given = [odd, vast, many, plain, holed, cyclic, inherited, made, deep, new Date(5), new Map([[1, { two: 2 }]]), 'text', 7n];
  const expected = given.map((data) => structuredClone(data));
  const answers = given.map((data) => store.dispatch(seeing, 'a', { type: 'See', data }));
  plain.a[1].b = 'changed';
  holed[0] = 'changed';
  given[10].get(1).two = 'changed';
  await Promise.all(answers);
  // What is too much to be looked at is looked at below.
  assert.deepEqual(seen.slice(3), expected.slice(3));
  assert.deepEqual([seen[5].self === seen[5], 1 in seen[4], {}.polluted, 0 in seen[0], seen[0].x], [true, false, undefined, false, 1]);
  assert.deepEqual([Object.keys(seen[1]), seen[2].a === seen[2].b], [['4000000000'], true]);
  const failing = { get now() { throw new Error('not now'); } };
  for (const data of [{ call: () => 1 }, failing]) await assertInvalid(() => store.dispatch(seeing, 'a', { type: 'See', data }), 'command.data');
});

test('what cannot even be told as a text fails the call that it belongs to, and no other of those that are answered with it', async (t) => {
  const failing = defineAggregate({
    name: 'failing',
    initialState: () => 0,
    decide: { Do: (_, { data }) => ({ type: data }) },
    evolve: { Bad: () => { throw Object.create(null); }, Good: (count) => count + 1 },
  });
  const store = await opened(t, [failing]);
  const send = (id, data) => store.dispatch(failing, id, { type: 'Do', data });
  const [bad, ...good] = await Promise.allSettled([send('bad', 'Bad'), send('one', 'Good'), send('two', 'Good')]);
  assert.deepEqual([bad.status, bad.reason.code], ['rejected', 'HandlerFailed']);
  assert.deepEqual(good.map(({ value }) => value.state), [1, 1]);
});

test('events of types that evolve does not name are skipped', async (t) => {
  const store = await opened(t);
  await store.dispatch(counter, 'a', { type: 'Note' });
  const { state, revision } = await store.dispatch(counter, 'a', { type: 'Add', data: 1 });
  assert.deepEqual([state, revision], [{ total: 1, seen: [2] }, 2]);
});

test('a long history is handed over in batches: each event once, in order, with its own type, revision and metadata', async (t) => {
  const note = (seen, { type, data, revision, metadata }) => [...seen, [type, data.n, revision, metadata.n]];
  const diary = defineAggregate({ name: 'diary', initialState: () => [], decide: {}, evolve: { Written: note, Corrected: note } });
  const store = await opened(t, [diary]);
  const types = ['Written', 'Corrected', 'Read'];
  const events = Array.from({ length: 600 }, (_, n) => ({ type: types[n % 3], data: { n, text: '-'.repeat(700) }, metadata: { n } }));
  await store.append('diary-a', events, { expectedRevision: 'noStream' });
  const expected = events.map(({ type }, n) => [type, n, n + 1, n]).filter(([type]) => type !== 'Read');
  assert.deepEqual((await store.load(diary, 'a')).state, expected);
});

test('a command with an id is carried out once', async (t) => {
  const store = await opened(t);
  const options = { commandId: 'c-1' };
  const first = await store.dispatch(counter, 'a', { type: 'Add', data: 5 }, options);
  await store.dispatch(counter, 'a', { type: 'Add', data: 7 });
  const again = await store.dispatch(counter, 'a', { type: 'Add', data: 5 }, options);
  assert.deepEqual(again, { ...first, duplicate: true, attempts: 0 });
  await assertRefused(() => store.dispatch(counter, 'b', { type: 'Add', data: 5 }, options), 'DuplicateEvent');
  assert.equal(first.events[0].metadata.commandId, 'c-1');
  assert.equal(store.head, 2);
});

test('metadata of command and options go with all events, and what is absent is filled in', async (t) => {
  const store = await opened(t);
  const command = { type: 'Add', data: 1, metadata: { userId: 'u1', correlationId: 'r-7' } };
  const { events: [event] } = await store.dispatch(counter, 'a', command, { metadata: { userId: 'u2' } });
  assert.deepEqual({ ...event.metadata, causationId: '' }, { userId: 'u2', correlationId: 'r-7', causationId: '' });
  assert.match(event.metadata.causationId, /^[0-9a-f-]{36}$/);
});

test('a state is loaded as of a revision, a position and a time', async (t) => {
  const store = await opened(t);
  const { now } = Date;
  t.after(() => (Date.now = now));
  for (let n = 1; n <= 5; n++) {
    Date.now = () => 1000 * n;
    await store.dispatch(counter, 'a', { type: 'Add', data: 1 });
    await store.dispatch(counter, 'b', { type: 'Add', data: 1 });
  }
  const total = async (asOf) => (await store.load(counter, 'a', { asOf })).state.total;
  assert.equal(await total(undefined), 5);
  for (const [asOf, expected] of [
    [{ revision: 0 }, 0], [{ revision: 3 }, 3], [{ revision: 99 }, 5],
    [{ position: 0 }, 0], [{ position: 1 }, 1], [{ position: 2 }, 1], [{ position: 9 }, 5], [{ position: 99 }, 5],
    [{ time: 999 }, 0], [{ time: 1000 }, 1], [{ time: 3500 }, 3], [{ time: 9999 }, 5],
  ]) {
    assert.equal(await total(asOf), expected, JSON.stringify(asOf));
  }
});

test('evolve that throws fails the call with its cause, and the store stays usable', async (t) => {
  let isBroken = true;
  const fragile = defineAggregate({
    name: 'fragile',
    initialState: () => 0,
    decide: { Add: () => ({ type: 'Added' }) },
    evolve: { Added: (n) => { if (isBroken) throw new Error('no'); return n + 1; } },
  });
  const store = await opened(t, [fragile, counter]);
  const error = await assertRefused(() => store.dispatch(fragile, 'a', { type: 'Add' }), 'HandlerFailed', { aggregate: 'fragile' });
  assert.equal(error.cause.message, 'no');
  assert.equal(store.head, 0, 'nothing is stored that gives no state');
  await store.append('fragile-a', [{ type: 'Added' }], { expectedRevision: 'any' });
  await assertRefused(() => store.load(fragile, 'a'), 'HandlerFailed');
  await store.dispatch(counter, 'a', { type: 'Add', data: 1 });
  isBroken = false;
  assert.equal((await store.dispatch(fragile, 'a', { type: 'Add' })).state, 2);
});

test('evolve that throws leaves no command without an answer, however many were sent at once', async (t) => {
  const broken = defineAggregate({
    name: 'broken',
    initialState: () => 0,
    decide: { Do: () => ({ type: 'Done' }), Rest: () => undefined, Refuse: () => { throw new RangeError('no'); } },
    evolve: { Done: () => { throw new TypeError('no state'); } },
  });
  const store = await opened(t, [broken]);
  const types = Array.from({ length: 40 }, (_, n) => ['Do', 'Do', 'Rest', 'Refuse'][n % 4]);
  const answers = await Promise.allSettled(types.map((type) => store.dispatch(broken, 'a', { type })));
  const words = { Do: 'HandlerFailed', Rest: 'fulfilled', Refuse: 'no' };
  assert.deepEqual(answers.map(({ status, reason }) => reason?.code ?? reason?.message ?? status), types.map((type) => words[type]));
  assert.equal(store.head, 0);
});

test('evolve that answers with nothing is named', async (t) => {
  const forgetful = defineAggregate({ name: 'forgetful', initialState: () => 0, decide: { Do: () => ({ type: 'Done' }) }, evolve: { Done: () => {} } });
  const store = await opened(t, [forgetful]);
  const error = await assertRefused(() => store.dispatch(forgetful, 'a', { type: 'Do' }), 'HandlerFailed');
  assert.match(error.message, /aggregate "forgetful" gives no state \(evolve\.Done, revision 1\): expected the next state, found nothing/);
});

test('decide that answers with something else than events is refused, and nothing is stored', async (t) => {
  const answers = {
    promise: Promise.resolve({ type: 'A' }), text: 'A', untyped: { data: 1 }, unknown: { type: 'A', extra: 1 },
    id: { type: 'A', id: '01890000-0000-7000-8000-000000000000' }, date: { type: 'A', data: new Date(0) },
  };
  const odd = defineAggregate({ name: 'odd', initialState: () => 0, decide: { Do: (_, { data }) => answers[data] }, evolve: { A: (n) => n + 1 } });
  const store = await opened(t, [odd]);
  for (const data of Object.keys(answers)) {
    await assertRefused(() => store.dispatch(odd, 'a', { type: 'Do', data }), data === 'date' ? 'Serialization' : 'InvalidArgument');
  }
  assert.equal(store.head, 0);
});

test('an unknown command is HandlerNotFound, which names the known ones', async (t) => {
  const store = await opened(t);
  const known = { known: ['CreateUser', 'RenameUser', 'DeactivateUser'] };
  for (const type of ['Create', '__proto__', 'constructor', undefined]) {
    await assertRefused(() => store.dispatch(user, 'ada', { type }), 'HandlerNotFound', known);
  }
});

test('arguments that break a rule are named', async (t) => {
  const store = await opened(t, [user]);
  const add = { type: 'Add', data: 1 };
  for (const [call, argument] of [
    [() => store.dispatch(counter, 'a', add), 'aggregate'],
    [() => store.dispatch({ name: 'user' }, 'a', add), 'aggregate'],
    [() => store.load(undefined, 'a'), 'aggregate'],
    [() => store.dispatch(user, 5, create('a')), 'id'],
    [() => store.dispatch(user, '', create('a')), 'id'],
    [() => store.load(user, 'x'.repeat(600)), 'id'],
    [() => store.dispatch(user, 'a', 'CreateUser'), 'command'],
    [() => store.dispatch(user, 'a', { ...create('a'), datum: 1 }), 'command.datum'],
    [() => store.dispatch(user, 'a', create('a'), { commandID: 'x' }), 'options.commandID'],
    [() => store.dispatch(user, 'a', create('a'), { commandId: '' }), 'commandId'],
    [() => store.dispatch(user, 'a', create('a'), { retries: -1 }), 'options.retries'],
    [() => store.dispatch(user, 'a', create('a'), { metadata: 5 }), 'options.metadata'],
    [() => store.load(user, 'a', { asOf: {} }), 'options.asOf'],
    [() => store.load(user, 'a', { asOf: { revision: 1, time: 1 } }), 'options.asOf'],
    [() => store.load(user, 'a', { asOf: { revision: -1 } }), 'options.asOf.revision'],
    [() => openStore({ name: 'x', storage: 'memory', aggregates: [user, { name: 'fake' }] }), 'options.aggregates[1]'],
    [() => openStore({ name: 'x', storage: 'memory', aggregates: [user, user] }), 'options.aggregates[1].name'],
    [() => openStore({ name: 'x', storage: 'memory', aggregates: [, user] }), 'options.aggregates[0]'],
    [() => defineAggregate({ name: 'a-b', initialState: () => 0, decide: {}, evolve: {} }), 'definition.name'],
    [() => defineAggregate({ name: 'a', initialState: 0, decide: {}, evolve: {} }), 'definition.initialState'],
    [() => defineAggregate({ name: 'a', initialState: () => 0, decide: { Do: 5 }, evolve: {} }), 'definition.decide.Do'],
    [() => defineAggregate({ name: 'a', initialState: () => 0, decide: {}, evolve: {}, snapshots: { every: 0, version: 1 } }), 'definition.snapshots.every'],
  ]) {
    await assertRefused(call, 'InvalidArgument', { argument });
  }
  await assertRefused(() => store.dispatch(user, 'a', create('a'), { signal: AbortSignal.abort() }), 'Aborted');
  assert.equal(store.head, 0);
});

test('in development a function that changes what it is given throws', async (t) => {
  const careless = defineAggregate({
    name: 'careless',
    initialState: () => ({ list: [] }),
    decide: { Change: (state) => { state.list.push(1); }, Do: () => ({ type: 'Done', data: { n: 1 } }) },
    evolve: { Done: (state, event) => { event.data.n = 2; return state; } },
  });
  const store = await opened(t, [careless], { development: true });
  assert.ok((await errorOf(() => store.dispatch(careless, 'a', { type: 'Change' }))) instanceof TypeError);
  const error = await assertRefused(() => store.dispatch(careless, 'a', { type: 'Do' }), 'HandlerFailed');
  assert.ok(error.cause instanceof TypeError);
});

test('in development what is made of the same has to be the same', async (t) => {
  let count = 0;
  const define = (name, decide, evolve) => defineAggregate({ name, initialState: () => ({ at: 0 }), decide: { Do: decide }, evolve: { Done: evolve } });
  const random = define('random', () => ({ type: 'Done', data: { id: crypto.randomUUID() } }), (state) => state);
  const counting = define('counting', () => ({ type: 'Done' }), () => ({ at: ++count }));
  const knot = define('knot', () => ({ type: 'Done' }), () => { const state = {}; state.self = state; return state; });
  const store = await opened(t, [random, counting, knot], { development: true });
  const first = await errorOf(() => store.dispatch(random, 'a', { type: 'Do' }));
  assert.equal(first.code, 'HandlerFailed');
  assert.match(first.message, /^decide.Do made two things of the same: .*\n(.*\n)*- +"id": /);
  const second = await assertRefused(() => store.dispatch(counting, 'a', { type: 'Do' }), 'HandlerFailed');
  assert.match(second.cause.message, /^evolve.Done made two things of the same: .*\n(.*\n)*-   "at": 1\n\+   "at": 2/);
  assert.equal((await store.dispatch(knot, 'a', { type: 'Do' })).revision, 1, 'what contains itself is a state');
});

test('in development a Map that is changed is named', async (t) => {
  const bag = defineAggregate({
    name: 'bag',
    initialState: () => new Set(),
    decide: { Put: (_, { data }) => ({ type: 'Put', data }), Spoil: (state) => void state.add('spoilt') },
    evolve: { Put: (state, { data }) => state.add(data) },
  });
  const store = await opened(t, [bag], { development: true });
  const put = await assertRefused(() => store.dispatch(bag, 'a', { type: 'Put', data: 1 }), 'HandlerFailed');
  assert.match(put.cause.message, /^evolve.Put changed the state that it was given\n/);
  await assertRefused(() => store.dispatch(bag, 'a', { type: 'Spoil' }), 'HandlerFailed', { aggregate: 'bag' });
});

test('states are made at once, and what is decided is what evolve knows', async (t) => {
  const define = (name, rest) => defineAggregate({ name, initialState: () => 0, decide: { Do: () => ({ type: 'Done' }) }, evolve: { Done: (n) => n + 1 }, ...rest });
  const late = define('late', { evolve: { Done: async (n) => n + 1 } });
  const later = define('later', { initialState: async () => 0 });
  const stray = define('stray', { decide: { Do: () => ({ type: 'Dnoe' }) } });
  const store = await opened(t, [late, later, stray], { development: true });
  for (const aggregate of [late, later]) {
    const { message } = await assertRefused(() => store.dispatch(aggregate, 'a', { type: 'Do' }), 'HandlerFailed');
    assert.match(message, /found a promise/);
  }
  await assertRefused(() => store.dispatch(stray, 'a', { type: 'Do' }), 'InvalidArgument', { argument: 'decide.Do', found: '"Dnoe"' });
  assert.equal(store.head, 0);
});

test('a hole among what decide makes is refused like any event that is none', async (t) => {
  const holed = defineAggregate({ name: 'holed', initialState: () => 0, decide: { Do: () => [{ type: 'Done' }, , { type: 'Done' }] }, evolve: { Done: (n) => n + 1 } });
  const store = await openStore({ name: t.name, storage: 'memory', aggregates: [holed] });
  t.after(() => store.close());
  await assertRefused(() => store.dispatch(holed, 'a', { type: 'Do' }), 'InvalidArgument', { argument: 'decide.Do: events[1]' });
});

test('a closed store says so', async (t) => {
  const store = await opened(t);
  await store.close();
  await assertRefused(() => store.dispatch(user, 'ada', create('ada')), 'Closed');
  await assertRefused(() => store.load(user, 'ada'), 'Closed');
});
