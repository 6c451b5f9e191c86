// npm run bench:peers -- [arguments]: builds, installs the peers, which are no packages of the project, and measures annals beside them.
import { existsSync, statSync } from 'node:fs';
import process from 'node:process';
import { inRoot } from './paths.mjs';
import { npm, run } from './run.mjs';
import { alone } from './lock.mjs';
import { main, step } from './log.mjs';
import { build } from './build.mjs';
import { buildModule } from './modules.mjs';
import { ensureChromium } from './browsers/chromium.mjs';

const peers = inRoot('tests', 'bench', 'peers');

await main(async () => {
  await build();
  await step("compiling the bench's aggregate in Rust", () => alone(() => buildModule('orders', { optimised: true })));
  await installPeers();
  await ensureChromium();
  await run(process.execPath, [inRoot('tests', 'bench', 'peers', 'run.mjs'), ...process.argv.slice(2)], { output: 'show', failure: 'The bench of the peers failed.' });
});

async function installPeers() {
  const [installed, wanted] = [`${peers}/node_modules/.package-lock.json`, `${peers}/package-lock.json`];
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  await step('installing the peers', async () => {
    // Their install scripts build what only servers use. Not `npm ci`: it wants the lock file to name native parts for every platform, of which none is used.
    await npm(['install', '--prefix', peers, '--no-save', '--ignore-scripts'], { failure: 'npm could not install the peers.' });
  });
}
