// What the tests in Node share: stores in memory, and the one way to look at a refusal.
import assert from 'node:assert/strict';
import { AnnalsError, isAnnalsError, openStore } from '../../dist/index.js';

/** @typedef {import('node:test').TestContext} TestContext */

/** No check of the stream. */
export const ANY = { expectedRevision: 'any' };

/**
 * A store in memory, closed after the test.
 * @param {TestContext} t
 */
export async function memoryStore(t) {
  const store = await openStore({ name: t.name, storage: 'memory' });
  t.after(() => store.close());
  return store;
}

/** Events of a type, each with its number as data. */
export const numbered = (count, type = 'A') => Array.from({ length: count }, (_, n) => ({ type, data: n }));

/** The error that a call is refused with, whether it throws or rejects. */
export async function errorOf(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  assert.fail('expected a refusal, found none');
}

/** A call that is refused with a kind of error, and these fields of it. */
export async function assertRefused(call, code, fields = {}) {
  const error = await errorOf(call);
  assert.ok(error instanceof AnnalsError, `expected an AnnalsError, found ${error?.stack}`);
  assert.ok(error instanceof Error);
  assert.equal(error.code, code, error.message);
  assert.equal(error.name, 'AnnalsError');
  assert.equal(isAnnalsError(error), true);
  assert.equal(isAnnalsError(error, code), true);
  assert.equal(isAnnalsError(error, code === 'Closed' ? 'Aborted' : 'Closed'), false);
  const expected = { outcome: 'none', retryable: false, ...fields };
  const found = Object.fromEntries(Object.keys(expected).map((key) => [key, error[key]]));
  assert.deepEqual(found, expected, error.message);
  return error;
}

/** A call that breaks a rule: the message names the argument, what was expected and what was found. */
export async function assertInvalid(call, argument) {
  const error = await assertRefused(call, 'InvalidArgument', { argument });
  assert.equal(error.message, `${argument}: expected ${error.expected}, found ${error.found}`);
  assert.ok(error.expected.length > 0 && error.found.length > 0, error.message);
  return error;
}

/** Events that cannot be stored do not leave a trace. */
export async function assertNothingStored(store, work) {
  const before = [store.head, await store.readAll().toArray(), await store.streams()];
  await work();
  assert.deepEqual([store.head, await store.readAll().toArray(), await store.streams()], before);
}
