// What every figure depends on, to be printed beside it.

import { cpus, loadavg, totalmem } from 'node:os';

/** @param {string} browser its name and version */
export const environmentOf = (browser) => ({
  browser,
  cpus: cpus().length,
  cpu: cpus()[0].model,
  memory: Math.round(totalmem() / 2 ** 30),
  load: loadavg()[0],
  date: new Date().toISOString(),
});
