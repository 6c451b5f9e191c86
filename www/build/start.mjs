// npm start: builds what is missing and serves the demo page until Ctrl-C.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { build } from './build.mjs';
import { main, say, Stop } from './log.mjs';
import { demo, shown, site } from './paths.mjs';
import { serve } from './serve.mjs';

const FIRST_PORT = 4170;

await main(async () => {
  const port = chosenPort();
  await build();
  if (!existsSync(join(site, 'index.html'))) throw new Stop(`There is no demo page to show: ${shown(join(demo, 'index.html'))} is missing.`);
  const server = await serve({ roots: { '/': site }, port });
  say(`\nThe demo is at ${server.address}/  (Ctrl-C stops)`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close().then(() => process.exit(0)));
});

function chosenPort() {
  const { PORT } = process.env;
  if (PORT === undefined) return FIRST_PORT;
  if (/^\d{1,5}$/.test(PORT) && Number(PORT) <= 65_535) return Number(PORT);
  throw new Stop(`PORT should be a number from 0 to 65535, and is '${PORT}'.`);
}
