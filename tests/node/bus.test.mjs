// The bus: decisions that span streams, and answers out of views.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineCommandHandler, defineQueryHandler, openStore } from '../../dist/index.js';
import { append, balances, opened, paid } from './banking.mjs';
import { ANY, assertInvalid, assertRefused, errorOf, memoryStore } from './helpers.mjs';
import { create, user } from './users.mjs';

class Refusal extends Error {}

const projection = balances();

/** Reads both accounts, and moves money if nothing of either has happened since. */
const transfer = defineCommandHandler('TransferMoney', async ({ data: { from, to, amount } }, { readAll, appendMany }) => {
  const query = { items: [{ streams: [from, to] }] };
  const reader = readAll({ query });
  const events = await reader.toArray();
  const balance = events.filter(({ streamId, type }) => streamId === from && type === 'Paid').reduce((sum, { data }) => sum + data.amount, 0);
  if (balance < amount) throw new Refusal(`${from} has only ${balance}`);
  const writes = [
    { streamId: from, events: [paid(-amount)], ...ANY },
    { streamId: to, events: [paid(amount)], ...ANY },
  ];
  const { position } = await appendMany(writes, { condition: { failIfEventsMatch: query, after: reader.head } });
  return { position };
});
const statement = defineQueryHandler('Statement', ({ data }, { view }) => view(projection).find({ where: { owner: data.owner }, orderBy: 'balance' }));

const transferring = (from, to, amount, metadata) => ({ type: 'TransferMoney', data: { from, to, amount }, ...(metadata && { metadata }) });

async function opened2(t, options = {}) {
  const store = await openStore({ name: t.name, storage: 'memory', projections: [projection], commandHandlers: [transfer], queryHandlers: [statement], ...options });
  t.after(() => store.close());
  await append(store, 'account-1', opened('ada'), paid(100));
  await append(store, 'account-2', opened('ada'));
  return store;
}

test('money goes from one account to another in one append, and a query finds it there', async (t) => {
  const store = await opened2(t);
  const { position } = await store.send(transfer, transferring('account-1', 'account-2', 30, { userId: 'eve' }));
  assert.equal(position, 5);
  assert.deepEqual((await store.readAll({ after: 3 }).toArray()).map(({ streamId, data, metadata }) => [streamId, data.amount, metadata]), [
    ['account-1', -30, { userId: 'eve' }],
    ['account-2', 30, { userId: 'eve' }],
  ]);
  assert.deepEqual(await store.query(statement, { type: 'Statement', data: { owner: 'ada' } }), [{ owner: 'ada', balance: 30 }, { owner: 'ada', balance: 70 }]);
  assert.deepEqual((await store.query({ type: 'Statement', data: { owner: 'ada' } })).length, 2);
});

test('of two transfers at once one is refused, and no money is made or lost', async (t) => {
  const store = await opened2(t);
  const outcomes = await Promise.allSettled([store.send(transferring('account-1', 'account-2', 80)), store.send(transferring('account-1', 'account-2', 80))]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal(outcomes.find(({ reason }) => reason).reason.code, 'AppendConditionFailed');
  assert.deepEqual(store.view(projection).find().map(({ balance }) => balance), [20, 80]);
});

test('what a handler throws comes back as the very same object, and it is called once', async (t) => {
  let calls = 0;
  const thrown = new Refusal('no');
  const failing = defineCommandHandler('Fail', () => {
    calls++;
    throw thrown;
  });
  const asking = defineQueryHandler('Ask', async () => {
    throw thrown;
  });
  const store = await opened2(t, { commandHandlers: [failing], queryHandlers: [asking] });
  assert.equal(await errorOf(() => store.send({ type: 'Fail' })), thrown);
  assert.equal(await errorOf(() => store.query({ type: 'Ask' })), thrown);
  assert.equal(calls, 1);
});

test('a command without a handler is refused, naming those that there are', async (t) => {
  const store = await opened2(t);
  const command = await assertRefused(() => store.send({ type: 'Transfer' }), 'HandlerNotFound', { known: ['TransferMoney'] });
  assert.equal(command.message, 'expected a command that there is a handler for (TransferMoney), found "Transfer"');
  await assertRefused(() => store.query({ type: 'TransferMoney' }), 'HandlerNotFound', { known: ['Statement'] });
  const none = await memoryStore(t);
  await assertRefused(() => none.send({ type: 'toString' }), 'HandlerNotFound', { known: [] });
});

test('an aggregate is loaded and commanded through the bus, under the metadata of the command', async (t) => {
  const invite = defineCommandHandler('Invite', async ({ data }, { dispatch, load, query, metadata }) => {
    await dispatch(user, data.id, create(data.id), { metadata: { via: 'invitation' } });
    const { state } = await load(user, data.id);
    return [state.name, await query(statement, { type: 'Statement', data: { owner: 'ada' } }), metadata];
  });
  const store = await opened2(t, { aggregates: [user], commandHandlers: [invite] });
  const [name, rows, metadata] = await store.send({ type: 'Invite', data: { id: 'bob' }, metadata: { userId: 'eve' } });
  assert.deepEqual([name, rows.length, metadata], ['BOB', 2, { userId: 'eve' }]);
  const [event] = await store.readStream('user-bob').toArray();
  assert.deepEqual([event.metadata.userId, event.metadata.via], ['eve', 'invitation']);
});

test('what answers queries has nothing to write with', async (t) => {
  let context;
  const looking = defineQueryHandler('Look', (_, given) => void (context = given));
  const store = await opened2(t, { queryHandlers: [looking] });
  await store.query({ type: 'Look' });
  assert.deepEqual(Object.keys(context).sort(), ['load', 'metadata', 'view']);
  assert.ok(Object.isFrozen(context));
});

test('lists that were given to openStore may be changed before it is open', async (t) => {
  const [projections, queryHandlers] = [[projection], [statement]];
  const opening = openStore({ name: t.name, storage: 'memory', projections, queryHandlers });
  projections.length = 0;
  queryHandlers.push(null);
  const store = await opening;
  assert.deepEqual(await store.query({ type: 'Statement', data: { owner: 'ada' } }), []);
  await store.close();
});

test('what is sent and who handles it are looked at', async (t) => {
  const store = await opened2(t);
  for (const wrong of [undefined, null, [], 'TransferMoney', 7]) await assertInvalid(() => store.send(wrong), 'command');
  await assertInvalid(() => store.send({}), 'command.type');
  await assertInvalid(() => store.send({ type: 'TransferMoney', amount: 1 }), 'command.amount');
  await assertInvalid(() => store.send({ type: 'TransferMoney', metadata: 7 }), 'command.metadata');
  await assertInvalid(() => store.send(transfer, { type: 'Other' }), 'command.type');
  await assertInvalid(() => store.query(statement, { type: 'Other' }), 'query.type');
  for (const wrong of [undefined, {}, statement, defineCommandHandler('TransferMoney', () => {})]) await assertInvalid(() => store.send(wrong, { type: 'TransferMoney' }), 'handler');
  await assertInvalid(() => defineCommandHandler('', () => {}), 'type');
  await assertInvalid(() => defineQueryHandler('Ask', {}), 'handler');
  const options = { name: t.name, storage: 'memory' };
  await assertInvalid(() => openStore({ ...options, commandHandlers: [transfer, transfer] }), 'options.commandHandlers[1].type');
  await assertInvalid(() => openStore({ ...options, commandHandlers: [statement] }), 'options.commandHandlers[0]');
  await assertInvalid(() => openStore({ ...options, queryHandlers: [transfer] }), 'options.queryHandlers[0]');
  await assertInvalid(() => openStore({ ...options, queryHandlers: {} }), 'options.queryHandlers');
  await assertInvalid(() => openStore({ ...options, queryHandlers: [, statement] }), 'options.queryHandlers[0]');
  await assertInvalid(() => openStore({ ...options, projections: [, projection] }), 'options.projections[0]');
  await store.close();
  await assertRefused(() => store.send(transferring('a', 'b', 1)), 'Closed', { reason: 'closed' });
});

test('metadata that are none are refused, whatever the command brings along', async (t) => {
  const noting = defineCommandHandler('Note', ({ data }, { append }) => append('notes', [{ type: 'Noted', metadata: data }], ANY));
  const inviting = defineCommandHandler('Invite', ({ data }, { dispatch }) => dispatch(user, '1', create('1'), { metadata: data }));
  const store = await opened2(t, { aggregates: [user], commandHandlers: [noting, inviting] });
  const { head } = store;
  for (const data of [null, 'text', 7, ['a']]) {
    assert.equal((await errorOf(() => store.send({ type: 'Note', data, metadata: { by: 'ada' } }))).code, 'InvalidArgument');
    assert.equal((await errorOf(() => store.send({ type: 'Invite', data, metadata: { by: 'ada' } }))).code, 'InvalidArgument');
  }
  assert.equal(store.head, head);
});
