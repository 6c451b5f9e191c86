// Exports of events as upcasters make them: for analysis, not to be imported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore, upcast } from '../../dist/index.js';
import { ANY, assertInvalid, assertRefused, memoryStore, numbered } from './helpers.mjs';

const linesOf = async (stream) => (await new Response(stream).text()).trimEnd().split('\n').map((line) => JSON.parse(line));
const withoutCheck = ({ check: _check, ...line }) => line;

test('where nothing is upcast it has the lines of what is stored, but for their checks', async (t) => {
  const store = await memoryStore(t);
  await store.append('cart-1', [{ type: 'ItemAdded', data: { sku: 'lamp', n: 1.5 }, tags: ['sku:lamp', 'a"\\\n\u2028'], metadata: { user: 'ada "x"' } }], ANY);
  await store.append('cart-2', [...numbered(2000), { type: 'Ä', version: 7, data: null }, { type: 'Nothing' }], ANY);
  for (const options of [{}, { after: 1990 }, { query: { items: [{ types: ['ItemAdded', 'Ä'] }] } }]) {
    const [stored, current] = [await linesOf(store.export(options)), await linesOf(store.export({ ...options, as: 'current' }))];
    assert.deepEqual(current.slice(1, -1), stored.slice(1, -1).map(withoutCheck));
    assert.deepEqual(current[0].data, { ...stored[0].data, as: 'current' });
    assert.deepEqual(current.at(-1).data.count, stored.at(-1).data.count);
    assert.deepEqual([current[0].type, current.at(-1).type], [stored[0].type, stored.at(-1).type]);
  }
});

test('its lines are the events of today, and an import refuses them', async (t) => {
  const upcasters = [upcast('Both').split(['A', 'B'], ({ data }) => [{ type: 'A', data }, { type: 'B', data: -data }]), upcast('Gone').drop()];
  const store = await openStore({ name: t.name, storage: 'memory', upcasters });
  t.after(() => store.close());
  await store.append('s-1', [{ type: 'Both', version: 1, data: 5 }, { type: 'Gone', version: 1 }, { type: 'B', data: 1 }], ANY);
  const seen = [];
  const lines = await linesOf(store.export({ as: 'current', onProgress: ({ phase, done, total }) => seen.push([phase, done, total]) }));
  assert.deepEqual(lines.slice(1, -1).map(({ type, position, data }) => [type, position, data]), [['A', 1, 5], ['B', 1, -5], ['B', 3, 1]]);
  assert.deepEqual(seen, [['export', 3, 3]]);
  const few = await linesOf(store.export({ as: 'current', query: { items: [{ types: ['B'] }] } }));
  assert.deepEqual(few.slice(1, -1).map(({ position }) => position), [1, 3]);
  const stored = await linesOf(store.export({ query: { items: [{ types: ['B'] }] } }));
  assert.deepEqual(stored.slice(1, -1).map(({ type }) => type), ['Both', 'B'], 'what is stored is found under the names that lead there');
  const copy = await openStore({ name: 'copy', storage: 'memory' });
  t.after(() => copy.close());
  await assertRefused(() => copy.import(new Blob([lines.map((line) => `${JSON.stringify(line)}\n`).join('')])), 'ImportFailed', { line: 1, stored: 0 });
  await assertInvalid(() => store.export({ as: 'upcast' }), 'options.as');
});

test('an upcaster that fails is what the stream fails with', async (t) => {
  const store = await openStore({ name: t.name, storage: 'memory', upcasters: [upcast('Broken').to(() => undefined)] });
  t.after(() => store.close());
  await store.append('s-1', [{ type: 'Broken', version: 1 }], ANY);
  await assertRefused(() => new Response(store.export({ as: 'current' })).text(), 'UpcastFailed', { position: 1 });
  assert.equal((await linesOf(store.export())).length, 3);
});
