// `npm run bench -- --tabs`: one, two, four and eight tabs that append at once, and an event of one tab in another's view.

import { environmentOf } from './environment.mjs';
import { launch } from './launch.mjs';
import { print, progress } from './output.mjs';
import { median, spread } from './statistics.mjs';

const TABS = [1, 2, 4, 8];
/** Each tab makes so many appends of five events: a few one after another, or many at once. */
const PACES = { 'one by one': { rounds: 40, width: 1 }, 'fifty at once': { rounds: 8, width: 50 } };
const EVENTS = 5;
const TARGETS = { 'the same stream': () => 'shared', 'streams of their own': (tab) => `tab-${tab}` };
const ROUNDS = 3;
/** All tabs have heard of it by then, in ms. */
const NOTICE = 300;
const SEEN = 100;

export async function measureTabs({ durabilities }) {
  const durability = durabilities?.[0] ?? 'strict';
  const browser = await launch();
  try {
    const { cpus, cpu, load, date } = environmentOf(browser.version);
    print(`${browser.version}, ${cpus} x ${cpu}, load ${load.toFixed(1)}, ${date}, ${durability}\n`);
    print('| tabs | each appends | to | events a second, median (least to most) |\n|---|---|---|---|');
    for (const pace of Object.keys(PACES)) {
      for (const target of Object.keys(TARGETS)) {
        for (const count of TABS) {
          progress(`${count} tabs, ${pace}, ${target}`);
          const rates = [];
          for (let round = 0; round < ROUNDS; round++) rates.push(await appendInTabs(browser, count, pace, target, durability));
          const { median, min, max } = spread(rates);
          print(`| ${count} | ${pace} | ${target} | ${whole(median)} (${whole(min)} to ${whole(max)}) |`);
        }
      }
    }
    print('\nEach round was read again in every tab: all of it was there, in one order, and the views had counted it once.');
    const times = await seeInOther(browser, durability);
    print(`\nAn event of one tab in another tab's view, from the call of append: median ${median(times).toFixed(1)} ms, of ${times.length} (${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}).`);
  } finally {
    await browser.close();
  }
}

/** @returns events a second, from the first tab's beginning to the last tab's end. Throws when something is lost, or the order is not one. */
async function appendInTabs(browser, count, pace, target, durability) {
  const { rounds, width } = PACES[pace];
  return withTabs(browser, count, durability, async (pages) => {
    const at = Date.now() + NOTICE;
    const times = await Promise.all(pages.map((page, tab) => page.call('appendInTab', TARGETS[target](tab), rounds, width, at)));
    const expected = count * rounds * width * EVENTS;
    const seen = await Promise.all(pages.map((page) => page.call('readTab', expected)));
    for (const { order, events, ids, counted } of seen) {
      const whole = events === expected && ids === expected && counted === expected && order === seen[0].order;
      if (!whole) throw new Error(`expected ${expected} events in one order, found ${JSON.stringify(seen)}`);
    }
    const findings = await pages[0].call('verifyTab');
    if (findings.length > 0) throw new Error(JSON.stringify(findings));
    const [from, to] = [Math.min(...times.map(({ from }) => from)), Math.max(...times.map(({ to }) => to))];
    return (expected / (to - from)) * 1000;
  });
}

async function seeInOther(browser, durability) {
  return withTabs(browser, 2, durability, async ([one, other]) => {
    const watching = other.call('watchTab', 'sent', SEEN);
    await one.call('sendFromTab', 'sent', SEEN + 20, 5);
    return watching;
  });
}

/** Opens a new store in so many tabs. */
async function withTabs(browser, count, durability, work) {
  const name = `tabs ${crypto.randomUUID()}`;
  const pages = [];
  try {
    for (let tab = 0; tab < count; tab++) pages.push(await browser.openPage());
    for (const page of pages) await page.call('openTab', name, durability);
    return await work(pages);
  } finally {
    for (const page of pages) await page.close();
  }
}

const whole = (number) => Math.round(number).toLocaleString('en');
