// npm run size: what the package weighs, in a file and on the wire, against the aim.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dist } from './paths.mjs';
import { filesIn } from './files.mjs';
import { main, say } from './log.mjs';
import { build } from './build.mjs';

const AIM = 150_000;
/** The chunk that carries the wasm is known by its one long word. */
const CARRIES_WASM = /[A-Za-z0-9+/]{5000}/;

await main(async () => {
  await build();
  const chunks = filesIn(dist).filter((file) => file.endsWith('.js')).map(weigh);
  const code = chunks.filter((chunk) => !chunk.carriesWasm);
  const carriers = chunks.filter((chunk) => chunk.carriesWasm);
  say(`\n${''.padEnd(36)}${'bytes'.padStart(10)}${'gzipped'.padStart(10)}`);
  for (const chunk of code) line(`  ${chunk.name}`, chunk.raw, chunk.gzipped);
  line('JavaScript, minified', sum(code, 'raw'), sum(code, 'gzipped'));
  const wasm = weigh(join(dist, 'engine.wasm'));
  line('engine.wasm', wasm.raw, wasm.gzipped);
  line('engine.wasm as a script', sum(carriers, 'raw'), sum(carriers, 'gzipped'));
  const wire = sum(chunks, 'gzipped');
  line('over the wire in all', sum(chunks, 'raw'), wire);
  const part = Math.round((wire / AIM) * 100);
  say(`\n${wire <= AIM ? 'Within' : 'ABOVE'} the aim of ${AIM / 1000} KB gzipped: ${(wire / 1000).toFixed(1)} KB, ${part}% of it.`);
});

/** @param {string} file */
function weigh(file) {
  const bytes = readFileSync(file);
  return { name: basename(file), raw: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length, carriesWasm: CARRIES_WASM.test(bytes.toString('latin1')) };
}

/**
 * @param {readonly ReturnType<typeof weigh>[]} chunks
 * @param {'raw' | 'gzipped'} what
 */
function sum(chunks, what) {
  return chunks.reduce((total, chunk) => total + chunk[what], 0);
}

/**
 * @param {string} title
 * @param {number} raw
 * @param {number} gzipped
 */
function line(title, raw, gzipped) {
  say(`${title.padEnd(36)}${String(raw).padStart(10)}${String(gzipped).padStart(10)}`);
}
