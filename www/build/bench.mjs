// npm run bench -- [arguments]: builds, then hands the arguments to the benches.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { inRoot, shown } from './paths.mjs';
import { run } from './run.mjs';
import { alone } from './lock.mjs';
import { main, step, Stop } from './log.mjs';
import { build } from './build.mjs';
import { buildModule } from './modules.mjs';
import { ensureChromium } from './browsers/chromium.mjs';

await main(async () => {
  const benches = inRoot('tests', 'bench', 'run.mjs');
  if (!existsSync(benches)) throw new Stop(`There are no benches: ${shown(benches)} is missing.`);
  await build();
  await step("compiling the bench's aggregate in Rust", () => alone(() => buildModule('orders', { optimised: true })));
  await ensureChromium();
  await run(process.execPath, [benches, ...process.argv.slice(2)], { output: 'show', failure: 'The benches failed.' });
});
