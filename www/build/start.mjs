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
  await build();
  if (!existsSync(join(site, 'index.html'))) throw new Stop(`There is no demo page to show: ${shown(join(demo, 'index.html'))} is missing.`);
  const port = Number(process.env['PORT'] ?? FIRST_PORT);
  const server = await serve({ roots: { '/': site }, port });
  say(`\nThe demo is at ${server.address}/  (Ctrl-C stops)`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close().then(() => process.exit(0)));
});
