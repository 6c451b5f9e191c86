// npm run kills -- [--browser chromium|firefox|webkit] [--times 200] [--seed n]: kills a browser again and again while its pages write. It ends with a
// line of figures.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { inRoot } from './paths.mjs';
import { run } from './run.mjs';
import { main, Stop } from './log.mjs';
import { build } from './build.mjs';
import { ensureChromium } from './browsers/chromium.mjs';
import * as firefox from './browsers/firefox.mjs';
import * as webkit from './browsers/webkit.mjs';

const ENSURE = { chromium: () => ensureChromium().then(() => true), firefox: firefox.ensureFirefox, webkit: webkit.ensureWebKit };

await main(async () => {
  const { values } = parseArgs({ options: { browser: { type: 'string', default: 'chromium' }, times: { type: 'string', default: '200' }, seed: { type: 'string' } } });
  const { browser, times, seed } = values;
  const ensure = ENSURE[/** @type {keyof typeof ENSURE} */ (browser)];
  if (ensure === undefined) throw new Stop(`--browser is expected to be one of ${Object.keys(ENSURE).join(', ')}, found ${browser}.`);
  await build();
  if (!(await ensure())) throw new Stop(`No ${browser} is here. ${browser === 'firefox' ? firefox.ADVICE : webkit.ADVICE}`);
  const env = { ANNALS_BROWSER: browser, ANNALS_KILLS: times, ...(seed === undefined ? {} : { ANNALS_SEED: seed }) };
  const test = inRoot('tests', 'browser', 'kills.test.mjs');
  await run(process.execPath, ['--test', '--test-reporter=spec', test], { env, output: 'show', failure: 'Something was lost or torn, or the run did not end.' });
});
