// Wasm that does not compile. A file by itself: what was compiled once in a process stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAnnalsError, openStore } from '../../dist/index.js';
import { errorOf } from './helpers.mjs';

test('wasm that could not be compiled is compiled again by the next opening', async (t) => {
  // Node compiles wasm of its own when it is first asked for such.
  await new Response('').arrayBuffer();
  const { compileStreaming } = WebAssembly;
  t.after(() => (WebAssembly.compileStreaming = compileStreaming));
  const cause = new WebAssembly.CompileError('for a test');
  WebAssembly.compileStreaming = () => Promise.reject(cause);
  const error = await errorOf(() => openStore({ name: t.name, storage: 'memory' }));
  assert.deepEqual([isAnnalsError(error, 'EngineFailed'), error.cause], [true, cause]);
  WebAssembly.compileStreaming = compileStreaming;
  assert.equal((await openStore({ name: t.name, storage: 'memory' })).isNew, true);
});
