// annals/testing: rules as sentences, and what is said when one does not hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineAggregate } from '../../dist/index.js';
import { ExpectationError, given } from '../../dist/testing.js';
import { assertRefused } from './helpers.mjs';
import { create, user, UserError } from './users.mjs';

const ada = { type: 'UserCreated', data: { id: 'ada', name: 'ADA', email: 'ada@example.org' }, tags: ['email:ada@example.org'] };
const state = { id: 'ada', name: 'ADA', email: 'ada@example.org', active: true, version: 1 };

test('a user is created, renamed, deactivated, and refuses', () => {
  given(user).thenState(null);
  given(user).when(create('ada')).then([ada]).thenState(state);
  given(user, [ada]).thenState(state).when({ type: 'RenameUser', data: { name: 'ADA' } }).then([]);
  given(user, [ada]).when({ type: 'DeactivateUser' }).then([{ type: 'UserDeactivated' }]).thenState({ ...state, active: false, version: 2 });
  given(user, [ada]).when(create('ada')).thenRejected(UserError).thenRejected('exists').thenRejected({ reason: 'exists' }).thenState(state);
  given(user).when(create('ada', 'nobody')).thenRejected(/e-mail/);
  given(user).when({ type: 'DeactivateUser' }).thenRejected();
});

test('other events are shown line by line', () => {
  const outcome = given(user, [ada]).when({ type: 'RenameUser', data: { name: 'Ada King' } });
  const { name, message } = caught(() => outcome.then([{ type: 'UserRenamed', data: { name: 'Ada' } }]));
  assert.equal(name, 'ExpectationError');
  assert.equal(message, [
    'the events: - expected, + found', '',
    '  [', '    {', '      "data": {', '-       "name": "Ada"', '+       "name": "Ada King"', '      },', '      "type": "UserRenamed"', '    }', '  …',
  ].join('\n'));
});

test('what is long and the same is left out', () => {
  const list = defineAggregate({ name: 'list', initialState: () => Array.from({ length: 100 }, (_, n) => n), decide: {}, evolve: {} });
  const { message } = caught(() => given(list).thenState(Array.from({ length: 100 }, (_, n) => (n === 50 ? 'other' : n))));
  assert.equal(message.split('\n').length, 12);
  assert.match(message, /- {3}"other",\n\+ {3}50,/);
});

test('an expectation that the other way round holds is refused', () => {
  const failures = [
    [() => given(user).when(create('ada')).then([]), /^the events/],
    [() => given(user).when(create('ada')).then([{ ...ada, tags: [] }]), /\+ .*"tags"/],
    [() => given(user).when(create('ada')).thenRejected(), /^expected a refusal, found the events \[\n {2}"UserCreated"\n\]$/],
    [() => given(user).when({ type: 'DeactivateUser' }).then([]), /^expected events, found the refusal Error: no such user/],
    [() => given(user).when({ type: 'DeactivateUser' }).thenRejected('exists'), /^expected the refusal "exists", found Error: no such user/],
    [() => given(user).when({ type: 'DeactivateUser' }).thenRejected(TypeError), /found Error: no such user/],
    [() => given(user).when({ type: 'DeactivateUser' }).thenRejected({ reason: 'exists' }), /found Error: no such user/],
    [() => given(user).thenState({}), /^the state/],
  ];
  for (const [call, message] of failures) {
    const error = caught(call);
    assert.ok(error instanceof ExpectationError, error.stack);
    assert.match(error.message, message);
  }
});

test('a function that changes what it is given is found', () => {
  const careless = defineAggregate({ name: 'careless', initialState: () => ({ list: [] }), decide: { Change: (state) => { state.list.push(1); } }, evolve: {} });
  given(careless).when({ type: 'Change' }).thenRejected(TypeError);
});

test('evolve that throws is no refusal', () => {
  const fragile = defineAggregate({ name: 'fragile', initialState: () => 0, decide: { Do: () => ({ type: 'Done' }) }, evolve: { Done: () => { throw new RangeError('no'); } } });
  assert.throws(() => given(fragile).when({ type: 'Do' }).thenRejected(), RangeError);
});

test('bad calls are named', async () => {
  await assertRefused(() => given({ name: 'user' }), 'InvalidArgument', { argument: 'aggregate' });
  await assertRefused(() => given(user, [{ data: 1 }]), 'InvalidArgument', { argument: 'events[0].type' });
  await assertRefused(() => given(user).when({ type: 'Create' }), 'HandlerNotFound');
  await assertRefused(async () => await given(user).when(create('ada')), 'InvalidArgument', { argument: 'events' });
});

function caught(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  assert.fail('expected a refusal, found none');
}
