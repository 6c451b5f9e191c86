// npm run fix: what clippy can put right by itself, then formatting.
import { join } from 'node:path';
import { inRoot, tools } from './paths.mjs';
import { run } from './run.mjs';
import { main, step } from './log.mjs';
import { FOR_WASM } from './modules.mjs';
import { setUpForCheck } from './setup.mjs';

const CLIPPY_FIX = ['clippy', '--quiet', '--fix', '--allow-dirty', '--allow-staged'];

await main(async () => {
  await setUpForCheck();
  try {
    await step('clippy --fix, native', () => clippyFix(['--all-targets']));
    await step('clippy --fix, wasm', () => clippyFix(FOR_WASM));
  } finally {
    // Sources that do not compile are formatted all the same.
    await step('cargo fmt', format);
  }
});

/** @param {readonly string[]} args */
async function clippyFix(args) {
  await run('cargo', [...CLIPPY_FIX, ...args], { failure: 'clippy could not go through the sources.' });
}

async function format() {
  await run('cargo', ['fmt']);
  for (const tool of [join(tools, 'bindgen', 'Cargo.toml'), inRoot('tests', 'fuzz', 'Cargo.toml')]) await run('cargo', ['fmt', '--manifest-path', tool]);
}
