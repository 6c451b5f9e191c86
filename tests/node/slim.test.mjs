// The entry without the wasm: who imports it hands it over. A file by itself: what was compiled once in a process stays.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deleteStore, isAnnalsError, openStore, setEngine } from '../../dist/slim.js';
import { assertInvalid, errorOf } from './helpers.mjs';

const wasm = readFileSync(new URL('../../dist/engine.wasm', import.meta.url));
const answering = (body, init) => new Response(body, { headers: { 'Content-Type': 'application/wasm' }, ...init });
const open = (t) => openStore({ name: t.name, storage: 'memory' });

test('without an engine a store is refused, and says what to call', async (t) => {
  await assertInvalid(() => open(t), 'engine');
  await assertInvalid(() => deleteStore(t.name), 'engine');
  for (const nothing of [undefined, null, 'engine.wasm', 5]) await assertInvalid(() => setEngine(nothing), 'wasm');
});

for (const [what, source, sentence] of [
  ['could not be fetched', () => Promise.reject(new TypeError('offline')), /could not be fetched.*offline/],
  ['is not there', () => new Response('no such file', { status: 404 }), /could not be fetched.*404/],
  ['is cut short', () => answering(wasm.subarray(0, 100_000)), /cut short, or another file/],
  ['is another file', () => answering('<!doctype html>'), /cut short, or another file/],
  ['is not of annals', () => new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), /does not start|another version/],
  ['is forbidden', () => answering(wasm), /Content-Security-Policy.*wasm-unsafe-eval/],
]) {
  test(`an engine that ${what} says so, and the next opening asks again`, async (t) => {
    const { compileStreaming } = WebAssembly;
    t.after(() => (WebAssembly.compileStreaming = compileStreaming));
    // Node compiles wasm of its own when it is first asked for such.
    await new Response('').arrayBuffer();
    if (what === 'is forbidden') {
      WebAssembly.compileStreaming = () => Promise.reject(new WebAssembly.CompileError("blocked by CSP because 'unsafe-eval' is not allowed"));
    }
    let asked = 0;
    setEngine(() => (asked++, source()));
    for (const times of [1, 2]) {
      const error = await errorOf(() => open(t));
      assert.deepEqual([isAnnalsError(error, 'EngineFailed'), asked], [true, times]);
      assert.match(error.message, sentence);
    }
  });
}

test('a store is opened with what a function gives, of a server that does not know what it is, and later ones with what was compiled', async (t) => {
  let asked = 0;
  setEngine(() => (asked++, new Response(wasm)));
  for (const _ of [1, 2]) {
    const store = await open(t);
    await store.append('a', [{ type: 'A' }], { expectedRevision: 0 });
    assert.equal(store.head, 1);
    await store.close();
  }
  assert.equal(asked, 1);
});
