// `npm run bench -- --memory`: what stays in memory after 200,000 appends, and after 1,000 stores were opened and closed in one page.

import { environmentOf } from './environment.mjs';
import { launch } from './launch.mjs';
import { print, progress } from './output.mjs';

const APPENDS = 200_000;
/** Until then the memory takes what it needs for working at all: room for groups, merges and caches. */
const WARM = 20_000;
const CYCLES = 1000;
const STEPS = 5;

export async function measureMemory() {
  const browser = await launch();
  try {
    const { cpus, cpu, load, date } = environmentOf(browser.version);
    print(`${browser.version}, ${cpus} x ${cpu}, load ${load.toFixed(1)}, ${date}\n`);
    await appends(await browser.openPage());
    await cycles(await browser.openPage());
  } finally {
    await browser.close();
  }
}

async function appends(page) {
  await page.call('openWatched', `memory ${crypto.randomUUID()}`);
  print('| appends | wasm memory | JavaScript heap | cached, of it |\n|---|---|---|---|');
  const measure = async (count) => {
    await page.call('settle');
    const [wasm, heap, cached] = [await page.call('wasmBytes'), await heapOf(page), await page.call('cachedBytes')];
    print(`| ${count.toLocaleString('en')} | ${mib(wasm)} | ${mib(heap)} | ${mib(cached)} |`);
    return { wasm, heap };
  };
  await measure(0);
  await page.call('appendMore', WARM, 0);
  const before = await measure(WARM);
  let after = before;
  const step = (APPENDS - WARM) / STEPS;
  for (let at = WARM; at < APPENDS; at += step) {
    progress(`${at} of ${APPENDS} appends`);
    await page.call('appendMore', step, at);
    after = await measure(at + step);
  }
  const each = (what) => ((after[what] - before[what]) / (APPENDS - WARM)).toFixed(1);
  print(`\nGrowth from ${WARM.toLocaleString('en')} to ${APPENDS.toLocaleString('en')} appends: wasm memory ${each('wasm')}, JavaScript heap ${each('heap')} bytes for each event.\n`);
  await page.close();
}

async function cycles(page) {
  const name = `cycles ${crypto.randomUUID()}`;
  print('| opened and closed | JavaScript heap | wasm memory and buffers outside it |\n|---|---|---|');
  const figures = [];
  for (let at = 0; at < CYCLES; at += CYCLES / STEPS / 2) {
    progress(`${at} of ${CYCLES} cycles`);
    await page.call('cycle', name, CYCLES / STEPS / 2);
    const { heap, outside } = await usageOf(page);
    figures.push({ at: at + CYCLES / STEPS / 2, heap, outside });
    print(`| ${figures.at(-1).at} | ${mib(heap)} | ${mib(outside)} |`);
  }
  const [first, last] = [figures[0], figures.at(-1)];
  print(`\nFrom ${first.at} to ${last.at}: JavaScript heap ${mib(last.heap - first.heap)}, outside ${mib(last.outside - first.outside)}.`);
  await page.close();
}

const heapOf = async (page) => (await usageOf(page)).heap;

/** After garbage was collected, twice: what finalizers let go of goes the second time. */
async function usageOf(page) {
  for (let n = 0; n < 3; n++) await page.collectGarbage();
  const { usedSize, backingStorageSize = 0 } = await page.devtools.send('Runtime.getHeapUsage');
  return { heap: usedSize, outside: backingStorageSize };
}

const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
