// A commit whose end nobody saw: the connection went away first. It may have happened, or not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';

/** What really becomes of the commit, and when the connection goes away. */
const HIDDEN = {
  'was stored': { end: 'complete' },
  'is being stored while the connection goes away': { end: 'early' },
  'was rolled back': { end: 'abort' },
};

/** A commit is decided before its transaction, or, when another connection was first, inside a second one. */
const COMMITS = { 'a commit': { behind: false }, 'a commit decided inside its transaction': { behind: true } };

for (const [which, { behind }] of Object.entries(COMMITS)) {
  for (const [what, { end }] of Object.entries(HIDDEN)) {
    test(`${which} that ${what}, unseen, is stored once and acknowledged as new`, async (t) => {
      const page = await (await withBrowser(t)).newPage();
      const found = await page.evaluate(async ({ name, end, behind }) => {
        const { hideCommit } = await import('/tests/in-page-faults.js');
        const { openStore } = await import('/tests/in-page.js');
        BroadcastChannel.prototype.postMessage = () => {};
        const store = await openStore({ name });
        await store.append('s', [{ type: 'Before' }], { expectedRevision: 0 });
        if (behind) await (await openStore({ name })).append('other', [{ type: 'Other' }], { expectedRevision: 0 });
        const ids = [crypto.randomUUID(), crypto.randomUUID()];
        const hidden = hideCommit({ end, nth: behind ? 2 : 1 });
        const answer = await store.append('s', ids.map((id) => ({ type: 'Hidden', id })), { expectedRevision: 1 });
        const after = await store.append('s', [{ type: 'After' }], { expectedRevision: 3 });
        const stored = (await store.readAll().toArray()).map(({ type, id }) => [type, ids.indexOf(id)]);
        const { findings } = await store.verify();
        return { hidden: hidden.count, answer, after, stored, findings };
      }, { name: databaseName(t), end, behind });
      const before = behind ? [['Before', -1], ['Other', -1]] : [['Before', -1]];
      assert.equal(found.hidden, 1, 'the commit was hidden');
      assert.deepEqual(found.answer, { position: before.length + 2, revisions: { s: 3 }, duplicate: false });
      assert.deepEqual(found.after, { position: before.length + 3, revisions: { s: 4 }, duplicate: false });
      assert.deepEqual(found.stored, [...before, ['Hidden', 0], ['Hidden', 1], ['After', -1]]);
      assert.deepEqual(found.findings, []);
    });
  }
}

for (const end of ['complete', 'abort']) {
  for (const refusal of ['exception', 'event']) {
    test(`a commit that ended with ${end}, unseen, with no way to look, is unknown (an opening fails by ${refusal})`, async (t) => {
      const page = await (await withBrowser(t)).newPage();
      const { error, ids, meanwhile, again, stored } = await page.evaluate(async ({ name, end, refusal }) => {
        const { hideCommit, refuseOpening } = await import('/tests/in-page-faults.js');
        const { failure, openStore } = await import('/tests/in-page.js');
        const store = await openStore({ name });
        const ids = [crypto.randomUUID(), crypto.randomUUID()];
        const append = (ids) => store.append('s', ids.map((id) => ({ type: 'Hidden', id })), { expectedRevision: 'noStream' });
        hideCommit({ end });
        const heal = refuseOpening(refusal);
        const error = await failure(() => append(ids));
        const meanwhile = await failure(() => store.append('t', [{ type: 'Refused' }], { expectedRevision: 'any' }));
        heal();
        const again = await append(error.eventIds ?? []);
        return { error, ids, meanwhile, again, stored: (await store.readAll().toArray()).map(({ type, id }) => [type, ids.indexOf(id)]) };
      }, { name: databaseName(t), end, refusal });
      assert.deepEqual([error.outcome, error.retryable, error.eventIds], ['unknown', true, ids]);
      assert.deepEqual([meanwhile.outcome, meanwhile.eventIds], ['none', undefined], 'a commit that never began');
      assert.deepEqual(again, { position: 2, revisions: { s: 2 }, duplicate: end === 'complete' });
      assert.deepEqual(stored, [['Hidden', 0], ['Hidden', 1]]);
    });
  }
}

for (const [what, { end }] of Object.entries(HIDDEN)) {
  test(`many appends in flight are each stored once, in call order, when a commit of them ${what}, unseen`, async (t) => {
    const page = await (await withBrowser(t)).newPage();
    const found = await page.evaluate(async ({ name, end }) => {
      const { hideCommit } = await import('/tests/in-page-faults.js');
      const { openStore, plain } = await import('/tests/in-page.js');
      const store = await openStore({ name });
      const append = (n, expectedRevision) => store.append('s', [{ type: 'A', data: n }], { expectedRevision }).catch(plain);
      const hidden = hideCommit({ end });
      const first = Array.from({ length: 100 }, (_, n) => append(n, n));
      const refused = append(-1, 7);
      await hidden.began;
      const second = Array.from({ length: 100 }, (_, n) => append(100 + n, 100 + n));
      const answers = await Promise.all([...first, ...second]);
      const stored = await store.readAll().toArray();
      return { answers, refused: await refused, stored: stored.map(({ data, revision }) => [data, revision]) };
    }, { name: databaseName(t), end });
    assert.deepEqual(found.answers, Array.from({ length: 200 }, (_, n) => ({ position: n + 1, revisions: { s: n + 1 }, duplicate: false })));
    assert.deepEqual([found.refused.code, found.refused.conflicts], ['RevisionConflict', [{ streamId: 's', expected: 7, actual: 100 }]]);
    assert.deepEqual(found.stored, Array.from({ length: 200 }, (_, n) => [n, n + 1]));
  });
}

test('of many appends in flight only those whose commit had begun are unknown, each with its own ids', async (t) => {
  const page = await (await withBrowser(t)).newPage();
  const { ids, errors, stored, again } = await page.evaluate(async (name) => {
    const { hideCommit, refuseOpening } = await import('/tests/in-page-faults.js');
    const { failure, openStore } = await import('/tests/in-page.js');
    const store = await openStore({ name });
    const ids = Array.from({ length: 40 }, () => crypto.randomUUID());
    const append = (id, n) => store.append(`s-${n}`, [{ type: 'A', id }], { expectedRevision: 'noStream' });
    const hidden = hideCommit({ end: 'complete' });
    const heal = refuseOpening('exception');
    const first = ids.slice(0, 20).map((id, n) => failure(() => append(id, n)));
    const refused = failure(() => append(crypto.randomUUID(), 0));
    await hidden.began;
    const second = ids.slice(20).map((id, n) => failure(() => append(id, 20 + n)));
    const errors = await Promise.all([...first, refused, ...second]);
    heal();
    const again = await Promise.all(ids.map(append));
    const stored = await store.readAll().toArray();
    return { ids, errors, stored: stored.map(({ id }) => ids.indexOf(id)), again: again.map(({ duplicate }) => duplicate) };
  }, databaseName(t));
  const expected = [...ids.slice(0, 20).map((id) => ['unknown', [id]]), ...Array(21).fill(['none', undefined])];
  assert.deepEqual(errors.map(({ outcome, eventIds }) => [outcome, eventIds]), expected);
  assert.deepEqual(stored, ids.map((_, n) => n));
  assert.deepEqual(again, ids.map((_, n) => n < 20));
});
