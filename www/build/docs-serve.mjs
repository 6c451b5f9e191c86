// npm run docs:serve: builds the documentation and serves it until Ctrl-C. It needs no server: site/index.html can be opened as it is.
import process from 'node:process';
import { buildDocs } from './docs.mjs';
import { main, say } from './log.mjs';
import { manual } from './paths.mjs';
import { serve } from './serve.mjs';

const FIRST_PORT = 4180;

await main(async () => {
  await buildDocs();
  const server = await serve({ roots: { '/': manual }, port: FIRST_PORT });
  say(`\nThe documentation is at ${server.address}/  (Ctrl-C stops)`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close().then(() => process.exit(0)));
});
