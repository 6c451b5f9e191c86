// Killed at any moment: nothing that was acknowledged is missing, nothing is torn, and views are what a fold makes. `npm run kills` does it many times.
import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';
import { databaseName, withBrowser } from '../harness/harness.mjs';
import { killAgainAndAgain } from './kills.mjs';
import { withProfile } from './profile.mjs';

/** In every run of the tests; a start of Firefox takes longer. */
const TIMES = process.env['ANNALS_BROWSER'] === undefined || process.env['ANNALS_BROWSER'] === 'chromium' ? 10 : 4;
const MS_OF_A_KILL = 20_000;

const times = Number(process.env['ANNALS_KILLS'] ?? TIMES);
const seed = Number(process.env['ANNALS_SEED'] ?? Math.floor(2 ** 32 * Math.random()));

test('a browser that is killed at any moment loses nothing that was acknowledged, and leaves nothing torn', { timeout: times * MS_OF_A_KILL }, async (t) => {
  const { version } = await withBrowser(t);
  t.diagnostic(`${times} kills, seed ${seed}`);
  const figures = await killAgainAndAgain({ begin: () => withProfile(t), name: databaseName(t), times, random: randomFrom(seed) });
  const { lost, torn, ...rest } = figures;
  t.diagnostic(`${version}: ${JSON.stringify({ ...rest, lost: lost.length, torn: torn.length })}`);
  assert.equal(rest.kills, times);
  assert.ok(rest.acknowledged > times, `${rest.acknowledged} acknowledged`);
});

test('a browser that is killed while a save and an append are written keeps what there was', { timeout: 120_000 }, async (t) => {
  const { start } = await withProfile(t);
  const name = databaseName(t);
  const { newPage, kill } = await start();
  const page = await newPage();
  await new Promise((resolve, reject) => {
    const hear = (/** @type {unknown} */ told) => void (told === 'now' && resolve(undefined));
    page.exposeFunction('tell', hear).then(() => page.evaluate(saveAndAppend, { name })).catch(reject);
  });
  await kill();
  const found = await (await (await start()).newPage()).evaluate(examine, { name });
  assert.deepEqual([found.attempts.map(([attempt]) => attempt), found.torn, found.findings, found.views], [['whole'], [], [], []]);
});

/** Runs in the page, as the function below. */
async function saveAndAppend(options) {
  const { saveAndAppend } = await import('/tests/in-page-kills.js');
  await saveAndAppend(options);
}

async function examine(options) {
  const { examine } = await import('/tests/in-page-kills.js');
  return examine(options);
}

/**
 * Mulberry32, so that a run can be had again, but for what the machine makes of it.
 * @param {number} seed
 */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
