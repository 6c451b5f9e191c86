// Upcasters: events that older code has stored are read in the words of the code of today.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineAggregate, defineProjection, isAnnalsError, openStore, upcast } from '../../dist/index.js';
import { asRead } from '../../dist/testing.js';
import { ANY, assertInvalid, assertRefused, errorOf } from './helpers.mjs';

/** What became of users in four years: a name that was split, an event that got another name, one that told of two things, one that nobody wants. */
const chains = {
  registered: upcast('UserRegistered')
    .to(({ data }) => ({ first: data.name.split(' ')[0], last: data.name.split(' ')[1] ?? '' }))
    .to(({ data, metadata }) => ({ ...data, by: metadata.userId ?? 'nobody' })),
  joined: upcast('UserJoined').rename('UserRegistered'),
  changed: upcast('ProfileChanged').split(['UserRenamed', 'MailChanged'], ({ data }) => [
    ...(data.first === undefined ? [] : [{ type: 'UserRenamed', data: { first: data.first } }]),
    ...(data.mail === undefined ? [] : [{ type: 'MailChanged', data: { mail: data.mail } }]),
  ]),
  heartbeat: upcast('Heartbeat').drop(),
};
const upcasters = Object.values(chains);

const user = defineAggregate({
  name: 'user',
  initialState: () => ({ seen: [] }),
  decide: {
    Register: (_, { data }) => ({ type: 'UserRegistered', data }),
    Join: (_, { data }) => ({ type: 'UserJoined', data }),
    Change: (_, { data }) => ({ type: 'ProfileChanged', data }),
  },
  evolve: {
    UserRegistered: (state, { data, version, revision }) => ({ ...data, seen: [...state.seen, ['UserRegistered', version, revision]] }),
    UserRenamed: (state, { data, revision }) => ({ ...state, ...data, seen: [...state.seen, ['UserRenamed', 1, revision]] }),
    MailChanged: (state, { data, revision }) => ({ ...state, ...data, seen: [...state.seen, ['MailChanged', 1, revision]] }),
  },
});

const users = (onError = 'stop') =>
  defineProjection({
    name: `users-${onError}`,
    version: 1,
    indexes: ['mail'],
    onError,
    on: {
      UserRegistered: (_, { data: { first, last } }) => ({ first, last, mail: null }),
      UserRenamed: (row, { data }) => row && { ...row, ...data },
      MailChanged: (row, { data }) => {
        if (data.mail === 'bad') throw new Error('no such mail');
        return row && { ...row, ...data };
      },
    },
  });

async function open(t, options = {}) {
  const store = await openStore({ name: t.name, storage: 'memory', aggregates: [user], projections: [users(), users('skip')], upcasters, ...options });
  t.after(() => store.close());
  return store;
}

const history = [
  { type: 'UserRegistered', version: 1, data: { name: 'Ada Lovelace' }, metadata: { userId: 'root' } },
  { type: 'Heartbeat', version: 1, data: 1 },
  { type: 'ProfileChanged', version: 1, data: { first: 'Augusta', mail: 'a@example.org' }, tags: ['mail:a@example.org'] },
  { type: 'UserRegistered', data: { first: 'Ada', last: 'King', by: 'me' } },
  { type: 'UserJoined', version: 1, data: { name: 'Bob' } },
];

/** What of an event is told by upcasters. */
const told = ({ type, version, data, position }) => [position, type, version, data];

test('whoever reads is given the events of today, which share the place and the id of what is stored', async (t) => {
  const store = await open(t);
  await store.append('user-1', history, ANY);
  const expected = [
    [1, 'UserRegistered', 3, { first: 'Ada', last: 'Lovelace', by: 'root' }],
    [3, 'UserRenamed', 1, { first: 'Augusta' }],
    [3, 'MailChanged', 1, { mail: 'a@example.org' }],
    [4, 'UserRegistered', 3, { first: 'Ada', last: 'King', by: 'me' }],
    [5, 'UserRegistered', 3, { first: 'Bob', last: '', by: 'nobody' }],
  ];
  const all = await store.readAll().toArray();
  assert.deepEqual(all.map(told), expected);
  assert.deepEqual((await store.readStream('user-1').toArray()).map(told), expected);
  const backward = await store.readAll({ direction: 'backward' }).toArray();
  assert.deepEqual([...new Set(backward.map(({ position }) => position))], [5, 4, 3, 1]);
  const [, renamed, moved] = all;
  assert.deepEqual({ ...renamed, type: moved.type, data: moved.data }, moved, 'id, revision, position, time, tags and metadata are those of what is stored');

  const heard = [];
  const subscription = store.subscribe({ after: 0 }, (event) => void heard.push(told(event)));
  await subscription.caughtUp;
  assert.deepEqual(heard, expected);
  assert.deepEqual(told(await store.event(all[0].id)), expected[0]);
  assert.equal(await store.event((await store.readAll({ after: 1, until: 3 }).toArray())[0].id).then(({ type }) => type), 'UserRenamed');
});

test('states and rows are made of the events of today', async (t) => {
  const projection = users();
  const store = await open(t, { projections: [projection] });
  await store.append('user-1', history.slice(0, 3), ANY);
  const { state } = await store.load(user, '1');
  const seen = [['UserRegistered', 3, 1], ['UserRenamed', 1, 3], ['MailChanged', 1, 3]];
  assert.deepEqual(state, { first: 'Augusta', last: 'Lovelace', by: 'root', mail: 'a@example.org', seen });
  assert.deepEqual(store.view(projection).get('user-1'), { first: 'Augusta', last: 'Lovelace', mail: 'a@example.org' });
});

test('what is decided in an old form makes at once the state that replaying makes', async (t) => {
  const store = await open(t, { development: true });
  const joined = await store.dispatch(user, '7', { type: 'Join', data: { name: 'Bob Kahn' } });
  assert.deepEqual(joined.events.map(told), [[1, 'UserRegistered', 3, { first: 'Bob', last: 'Kahn', by: 'nobody' }]]);
  const changed = await store.dispatch(user, '7', { type: 'Change', data: { mail: 'b@example.org' } });
  const [loaded, asOf] = [await store.load(user, '7'), await store.load(user, '7', { asOf: { revision: 2 } })];
  assert.deepEqual(changed.state, loaded.state);
  assert.deepEqual(changed.state, asOf.state);
  assert.deepEqual(loaded.state.mail, 'b@example.org');
});

test('a command that comes again is answered with what it did in the words of today', async (t) => {
  const store = await open(t);
  const join = () => store.dispatch(user, '1', { type: 'Join', data: { name: 'Bob Kahn' } }, { commandId: 'c' });
  const [first, again] = [await join(), await join()];
  assert.deepEqual([first.duplicate, again.duplicate, again.events.map(told)], [false, true, [[1, 'UserRegistered', 3, { first: 'Bob', last: 'Kahn', by: 'nobody' }]]]);
  assert.deepEqual(again.state, first.state);
});

test('a new event is of the newest version that its chain knows, unless it says otherwise', async (t) => {
  const store = await open(t);
  await store.dispatch(user, '1', { type: 'Register', data: { first: 'A', last: 'B', by: 'c' } });
  await store.append('user-1', [{ type: 'UserJoined', data: { name: 'D' } }, { type: 'Other' }], ANY);
  assert.deepEqual((await store.readStream('user-1').toArray()).map(told), [
    [1, 'UserRegistered', 3, { first: 'A', last: 'B', by: 'c' }],
    [2, 'UserRegistered', 3, { first: 'D', last: '', by: 'nobody' }],
    [3, 'Other', 1, null],
  ]);
});

test('queries name types as the code knows them, and mean what is stored under the names that lead there', async (t) => {
  const store = await open(t);
  await store.append('user-1', history, ANY);
  const found = async (query, more = {}) => (await store.readAll({ query: { items: [query] }, ...more }).toArray()).map(({ position, type }) => `${position} ${type}`);
  assert.deepEqual(await found({ types: ['UserRegistered'] }), ['1 UserRegistered', '4 UserRegistered', '5 UserRegistered']);
  assert.deepEqual(await found({ types: ['MailChanged'] }), ['3 MailChanged'], 'and of a split event only the piece that is meant');
  assert.deepEqual(await found({ types: ['MailChanged'], tags: ['mail:a@example.org'] }), ['3 MailChanged']);
  assert.deepEqual(await found({ types: ['MailChanged'], tags: ['other'] }), []);
  assert.deepEqual(await found({ types: ['UserJoined'] }), [], 'nothing is read under that name any more');
  assert.deepEqual(await found({ types: ['Heartbeat'] }), []);
  assert.deepEqual(await found({ streams: ['user-1'], types: ['UserRenamed', 'MailChanged'] }), ['3 UserRenamed', '3 MailChanged']);
  const heard = [];
  await store.subscribe({ query: { items: [{ types: ['MailChanged'] }] } }, ({ type }) => void heard.push(type)).caughtUp;
  assert.deepEqual(heard, ['MailChanged']);
});

test('conditions mean what is stored under old names, too', async (t) => {
  const store = await open(t);
  await store.append('user-1', history, ANY);
  const append = (types) => store.append('user-2', [{ type: 'Other' }], { ...ANY, condition: { failIfEventsMatch: { items: [{ types }] }, after: 2 } });
  await assertRefused(() => append(['MailChanged']), 'AppendConditionFailed', { positions: [3], retryable: true });
  await assertRefused(() => append(['UserRegistered']), 'AppendConditionFailed', { positions: [4, 5], retryable: true });
  const condition = { failIfEventsMatch: { items: [{ types: ['UserRenamed'], tags: ['mail:a@example.org'] }] } };
  await assertRefused(() => store.dispatch(user, '3', { type: 'Join', data: { name: 'E' } }, { condition }), 'AppendConditionFailed', { positions: [3], retryable: true });
  await append(['Heartbeats']);
});

test('a limit counts the events that are read, however many are stored between them', async (t) => {
  const store = await open(t);
  const beats = Array.from({ length: 50 }, (_, n) => ({ type: 'Heartbeat', data: n }));
  for (const name of ['A', 'B', 'C']) await store.append('user-1', [...beats, { type: 'UserJoined', data: { name } }, ...beats], ANY);
  const names = async (options) => (await store.readStream('user-1', options).toArray()).map(({ data }) => data.first);
  assert.deepEqual(await names({ limit: 2 }), ['A', 'B']);
  assert.deepEqual(await names({ limit: 2, direction: 'backward' }), ['C', 'B']);
  assert.deepEqual(await names({ limit: 9, from: 52, to: 260 }), ['B', 'C']);
  assert.deepEqual(await names({ limit: 0 }), []);
  const newest = await store.readAll({ query: { items: [{ types: ['UserRegistered', 'Heartbeat'] }] }, direction: 'backward', limit: 1 }).toArray();
  assert.deepEqual(newest.map(({ position }) => position), [50 + 101 * 2 + 1]);
  const one = [];
  for await (const { data } of store.readAll({ limit: 3 })) one.push(data.first);
  assert.deepEqual(one, ['A', 'B', 'C']);
});

test('an event of a version that is newer than the code fails what reads it, by name, and nothing else', async (t) => {
  const projection = users();
  const store = await open(t, { projections: [projection] });
  const id = crypto.randomUUID();
  await store.append('user-1', history.slice(0, 1), ANY);
  await store.append('user-1', [{ type: 'UserRegistered', version: 4, data: {}, id }], ANY);
  const fields = { reason: 'newer', type: 'UserRegistered', version: 4, revision: 2, streamId: 'user-1' };
  const place = { ...fields, eventId: id, position: 2 };
  const error = await assertRefused(() => store.readAll().toArray(), 'UpcastFailed', place);
  for (const word of ['UserRegistered', 'version 4', id, 'at most 3']) assert.ok(error.message.includes(word), error.message);
  await assertRefused(() => store.readStream('user-1').toArray(), 'UpcastFailed', place);
  await assertRefused(() => store.event(id), 'UpcastFailed', place);
  await assertRefused(() => store.load(user, '1'), 'UpcastFailed', place);
  await assertRefused(() => store.load(user, '1', { asOf: { revision: 2 } }), 'UpcastFailed', place);
  await assertRefused(() => store.dispatch(user, '1', { type: 'Join', data: { name: 'E' } }), 'UpcastFailed', place);
  const read = [];
  await assertRefused(async () => { for await (const event of store.readAll()) read.push(event.position); }, 'UpcastFailed', place);
  assert.deepEqual(read, [1], 'what comes before it is read');
  t.mock.method(console, 'error', () => {});
  const ended = await store.subscribe({}, () => {}).closed;
  assert.ok(isAnnalsError(ended, 'UpcastFailed'));
  const view = store.view(projection);
  assert.deepEqual([view.status, view.position, view.error.code], ['stopped', 1, 'ProjectionStopped']);
  assert.ok(isAnnalsError(view.error.cause, 'UpcastFailed'));
  assert.equal(view.error.cause.eventId, id);
  // The store is as usable as before.
  await store.append('user-2', [{ type: 'UserRegistered', data: { first: 'C', last: 'D', by: 'e' } }], ANY);
  assert.equal((await store.load(user, '2')).state.first, 'C');
  assert.equal((await store.readAll({ after: 2 }).toArray()).length, 1);
});

test('unknown versions are skipped, or read as the caller says', async (t) => {
  const newer = [{ type: 'UserRegistered', version: 9, data: { full: 'Eve' } }, { type: 'UserJoined', version: 2, data: { full: 'Ann' } }, { type: 'Other', version: 7 }];
  const read = async (onUnknown) => {
    const store = await open(t, { onUnknown });
    await store.append('user-1', newer, ANY);
    return (await store.readAll().toArray()).map(told);
  };
  const other = [3, 'Other', 7, null];
  assert.deepEqual(await read('skip'), [other], 'a type without a chain has no versions that are unknown');
  const asToday = ({ data }) => ({ type: 'UserRegistered', data: { first: data.full, last: '', by: 'callback' } });
  const today = (position, first) => [position, 'UserRegistered', 3, { first, last: '', by: 'callback' }];
  assert.deepEqual(await read(asToday), [today(1, 'Eve'), today(2, 'Ann'), other]);
  const twice = ({ type }) => (type === 'UserJoined' ? null : [1, 2].map((n) => ({ type, version: 1, data: { name: `N${n}` } })));
  assert.deepEqual(await read(twice), [1, 2].map((n) => [1, 'UserRegistered', 3, { first: `N${n}`, last: '', by: 'nobody' }]).concat([other]));
  // Whoever asks for another type does not ask for this one, and what has its very version is asked again.
  for (const onUnknown of [() => ({ type: 'MailChanged', data: {} }), (event) => event, () => 1, async () => null, () => Promise.reject(new Error('no'))]) {
    await assertRefused(() => read(onUnknown), 'UpcastFailed', { reason: 'notAnEvent', type: 'UserRegistered', version: 9 });
  }
});

test('an upcaster that throws, loops or makes no event fails what reads the event, which is named', async (t) => {
  const cause = new Error('no such field');
  const broken = {
    threw: [upcast('Broken').to(() => { throw cause; })],
    endless: [upcast('Broken').split(['Other'], ({ data }) => [{ type: 'Other', data }]), upcast('Other').rename('Broken')],
  };
  const noEvents = [
    upcast('Broken').to(() => undefined),
    upcast('Broken').to(() => new Date(0)),
    upcast('Broken').to(() => ({ deep: { map: new Map() } })),
    upcast('Broken').to(async () => 1),
    upcast('Broken').split(['A'], () => ({ type: 'A', data: 1 })),
    upcast('Broken').split(['A'], () => [1]),
    upcast('Broken').split(['A'], () => [{ type: 'B', data: 1 }]),
    upcast('Broken').split(['A'], () => [{ type: 'A', data: 1, version: 0 }]),
    upcast('Broken').split(['A'], () => [{ type: 'A', data: 1, metadata: 5 }]),
    upcast('Broken').split(['A'], () => [{ type: 'A', data: 1, streamId: 'x' }]),
    upcast('Broken').split(['A'], () => [{ type: '', data: 1 }]),
    upcast('Broken').split(['A'], () => [{ type: 'A', data: 1, metadata: { at: new Date(0) } }]),
    upcast('Broken').split(['A'], () => Promise.reject(new Error('no'))),
    upcast('Broken').to(() => ({ get value() { throw new Error('no'); } })),
    upcast('Broken').split(['A'], () => { const it = [{ type: 'A', data: 1 }]; it.length = 2; return it; }),
  ];
  const tooNew = [upcast('Broken').split(['A'], () => [{ type: 'A', data: 1, version: 2 }]), upcast('A')];
  const cases = [...Object.entries(broken), ...noEvents.map((one) => ['notAnEvent', [one]]), ['notAnEvent', tooNew]];
  for (const [reason, upcasters] of cases) {
    const store = await openStore({ name: t.name, storage: 'memory', upcasters });
    const id = crypto.randomUUID();
    await store.append('s', [{ type: 'Fine' }, { type: 'Broken', version: 1, id }], ANY);
    const error = await assertRefused(() => store.readAll().toArray(), 'UpcastFailed', { reason, type: 'Broken', version: 1, eventId: id, position: 2, revision: 2, streamId: 's' });
    for (const word of ['Broken', 'version 1', id]) assert.ok(error.message.includes(word), error.message);
    if (reason === 'threw') assert.equal(error.cause, cause);
    assert.equal((await store.readAll({ until: 1 }).toArray()).length, 1);
    await store.close();
  }
});

test('what fails over one piece of an event has changed no row', async (t) => {
  const [stopping, skipping] = [users(), users('skip')];
  const store = await open(t, { projections: [stopping, skipping] });
  t.mock.method(console, 'error', () => {});
  t.mock.method(console, 'warn', () => {});
  await store.append('user-1', [history[0], { type: 'ProfileChanged', data: { first: 'X', mail: 'bad' } }, { type: 'ProfileChanged', data: { mail: 'good' } }], ANY);
  const [stopped, skipped] = [store.view(stopping), store.view(skipping)];
  assert.deepEqual([stopped.status, stopped.position, stopped.get('user-1')], ['stopped', 1, { first: 'Ada', last: 'Lovelace', mail: null }]);
  assert.deepEqual(skipped.get('user-1'), { first: 'Ada', last: 'Lovelace', mail: 'good' });
  assert.deepEqual(skipped.find({ where: { mail: 'good' } }).length, 1);
  assert.deepEqual(skipped.deadLetters.map(({ position, type }) => [position, type]), [[2, 'ProfileChanged']]);
});

test('a projection that does not handle what cannot be read goes on', async (t) => {
  const mails = defineProjection({ name: 'mails', version: 1, on: { MailChanged: (_, { data }) => data } });
  const store = await open(t, { projections: [mails] });
  await store.append('user-1', [{ type: 'UserRegistered', version: 99 }, { type: 'ProfileChanged', data: { mail: 'm' } }], ANY);
  assert.deepEqual([store.view(mails).status, store.view(mails).get('user-1')], ['ready', { mail: 'm' }]);
});

test('in development an upcaster that is not pure is found', async (t) => {
  let calls = 0;
  const store = await openStore({ name: t.name, storage: 'memory', development: true, upcasters: [upcast('A').to(() => ++calls), upcast('B').to(({ data }) => Object.assign(data, { more: 1 }))] });
  t.after(() => store.close());
  await store.append('s', [{ type: 'A', version: 1 }], ANY);
  const error = await assertRefused(() => store.readStream('s').toArray(), 'UpcastFailed', { reason: 'threw' });
  assert.match(error.message, /made two things of the same/);
  await store.append('t', [{ type: 'B', version: 1, data: {} }], ANY);
  await assertRefused(() => store.readStream('t').toArray(), 'UpcastFailed', { reason: 'threw' });
});

test('what cannot be registered is refused', async (t) => {
  const open = (options) => openStore({ name: t.name, storage: 'memory', ...options });
  await assertInvalid(() => open({ upcasters: upcast('A') }), 'options.upcasters');
  await assertInvalid(() => open({ upcasters: [upcast('A'), { type: 'B', version: 1 }] }), 'options.upcasters[1]');
  await assertInvalid(() => open({ upcasters: [upcast('A'), upcast('A').drop()] }), 'options.upcasters[1].type');
  await assertInvalid(() => open({ onUnknown: 'ignore' }), 'options.onUnknown');
  await assertInvalid(() => upcast(''), 'type');
  await assertInvalid(() => upcast(), 'type');
  await assertInvalid(() => upcast('A').to(), 'step');
  await assertInvalid(() => upcast('A').to(1), 'step');
  await assertInvalid(() => upcast('A').rename(''), 'type');
  await assertInvalid(() => upcast('A').rename('B', { version: 0 }), 'options.version');
  await assertInvalid(() => upcast('A').rename('B', { vers: 1 }), 'options.vers');
  await assertInvalid(() => upcast('A').split([], () => []), 'types');
  await assertInvalid(() => upcast('A').split('B', () => []), 'types');
  await assertInvalid(() => upcast('A').split(['B']), 'step');
  await assertInvalid(() => upcast('A').rename('A', { version: 2 }), 'type');
  await assertInvalid(() => upcast('A').split(['B', 'A'], () => []), 'types[1]');
  const circle = await assertInvalid(() => open({ upcasters: [upcast('Z'), upcast('A').rename('B'), upcast('B').rename('C'), upcast('C').rename('A')] }), 'options.upcasters[1]');
  assert.equal(circle.found, 'A → B → C → A');
  await assertInvalid(() => open({ upcasters: [upcast('A').rename('B', { version: 3 }), upcast('B').to(() => 1)] }), 'options.upcasters[0]');
  assert.deepEqual([upcast('A').version, upcast('A').to(() => 1).version, upcast('A').to(() => 1).drop().type], [1, 2, 'A']);
});

test('a chain is a value: what goes on from it leaves it as it is', async (t) => {
  const one = upcast('A').to(() => 'two');
  const [dropped, further] = [one.drop(), one.to(({ data }) => `${data}, three`)];
  const read = (upcaster) => asRead([upcaster], { type: 'A', version: 1, data: 'one' });
  assert.deepEqual([read(one), read(dropped), read(further)], [[{ type: 'A', version: 2, data: 'two', metadata: {} }], [], [{ type: 'A', version: 3, data: 'two, three', metadata: {} }]]);
});

test('chains are tried without a store', async () => {
  assert.deepEqual(asRead(upcasters, { type: 'UserJoined', version: 1, data: { name: 'Ada Lovelace' }, metadata: { userId: 'root' } }), [
    { type: 'UserRegistered', version: 3, data: { first: 'Ada', last: 'Lovelace', by: 'root' }, metadata: { userId: 'root' } },
  ]);
  assert.deepEqual(asRead(upcasters, { type: 'Other', data: 1 }), [{ type: 'Other', version: 1, data: 1, metadata: {} }]);
  assert.equal((await errorOf(() => asRead(upcasters, { type: 'UserJoined', version: 2, data: {} }))).reason, 'newer');
  await assertInvalid(() => asRead([1], { type: 'A', data: 1 }), 'options.upcasters[0]');
});

test('a history in old forms gives the states and the rows of the same history in those of today', async (t) => {
  const random = (seed) => () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let seed = 1; seed <= 40; seed++) {
    const next = random(seed);
    const pick = (list) => list[Math.floor(next() * list.length)];
    const projection = users('skip');
    const [old, today] = [await open(t, { projections: [projection] }), await openStore({ name: 'today', storage: 'memory', aggregates: [user], projections: [projection] })];
    t.after(() => today.close());
    const stored = Array.from({ length: 30 }, () => {
      const name = `${pick(['Ada', 'Bob'])} ${pick(['King', 'Kahn'])}`;
      const streamId = `user-${pick([1, 2, 3])}`;
      return [streamId, pick([
        { type: 'UserRegistered', version: 1, data: { name } }, { type: 'UserJoined', version: 1, data: { name } }, { type: 'Heartbeat', version: 1 },
        { type: 'UserRegistered', version: 2, data: { first: name, last: 'L' }, metadata: { userId: name } }, { type: 'ProfileChanged', version: 1, data: { first: name, mail: name } },
        { type: 'ProfileChanged', version: 1, data: {} }, { type: 'MailChanged', version: 1, data: { mail: name } },
      ])];
    });
    for (const [streamId, event] of stored) {
      await old.append(streamId, [event], ANY);
      const pieces = asRead(upcasters, event);
      if (pieces.length > 0) await today.append(streamId, pieces, ANY);
    }
    const [read, written] = [await old.readAll().toArray(), await today.readAll().toArray()];
    const inWords = ({ type, version, data, metadata, streamId }) => ({ type, version, data, metadata, streamId });
    assert.deepEqual(read.map(inWords), written.map(inWords), `seed ${seed}`);
    const state = async (store, id) => { const { state: { seen, ...rest } } = await store.load(user, id); return [seen.map(([type, version]) => [type, version]), rest]; };
    for (const id of ['1', '2', '3']) assert.deepEqual(await state(old, id), await state(today, id), `seed ${seed}`);
    assert.deepEqual([...old.view(projection).entries()], [...today.view(projection).entries()], `seed ${seed}`);
  }
});

test('an event may be split into very many, and a chain may be very long', () => {
  const many = upcast('Many').split(['One'], ({ data }) => Array.from({ length: data }, (_, n) => ({ type: 'One', data: n })));
  const read = asRead([many], { type: 'Many', version: 1, data: 20_000 });
  assert.deepEqual([read.length, read[19_999].data], [20_000, 19_999]);
  let long = upcast('Long');
  for (let n = 0; n < 2000; n++) long = long.to(({ data }) => data + 1);
  assert.deepEqual(asRead([long], { type: 'Long', version: 1, data: 0 }).map(({ version, data }) => [version, data]), [[2001, 2000]]);
});
