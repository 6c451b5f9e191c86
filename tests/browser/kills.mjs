// A browser that is killed again and again while its pages write: what was acknowledged is there each time, whole and in its place.
import assert from 'node:assert/strict';
import { hasTornLog, tearLog } from './leveldb-log.mjs';

/** A log grows over so many kills, then the next store begins: what is looked at after each kill is the whole of it. */
const KILLS_OF_A_STORE = 50;
/** What a kill aims at that does not come: then it is killed anyway. */
const AIM_LIMIT_MS = 3_000;
/** After how many of the kills Chromium's own log is cut off besides. */
const TORN_MORE_OFTEN = 0.2;

/**
 * Figures of a run.
 * @typedef {{ kills: number, acknowledged: number, events: number, segments: number, refused: number, unacknowledgedThere: number, unacknowledgedNotThere: number,
 *   tornLogs: number, tornByHand: number, duringMerge: number, duringSave: number, duringAppend: number, lost: string[], torn: string[] }} Figures
 */

/**
 * Kills a browser so many times.
 * @param {object} options
 * @param {() => Promise<{ folder: string, start: () => Promise<{ newPage: () => Promise<any>, kill: () => Promise<void> }> }>} options.begin takes an
 *   empty folder, on which the browser is started again and again
 * @param {string} options.name of the stores
 * @param {number} options.times
 * @param {() => number} options.random from 0 to 1
 * @returns {Promise<Figures>}
 */
export async function killAgainAndAgain({ begin, name, times, random }) {
  /** @type {Figures} */
  const figures = { kills: 0, acknowledged: 0, events: 0, segments: 0, refused: 0, unacknowledgedThere: 0, unacknowledgedNotThere: 0, tornLogs: 0, tornByHand: 0, duringMerge: 0, duringSave: 0, duringAppend: 0, lost: [], torn: [] };
  while (figures.kills < times) {
    const { folder, start } = await begin();
    let browser = await start();
    const log = new Log(`${name} ${figures.kills}`, figures);
    for (let n = 0; n < KILLS_OF_A_STORE && figures.kills < times; n++) {
      await log.writeUntilKilled(browser, random);
      figures.tornLogs += Number(hasTornLog(folder));
      // Seldom does a kill leave it so, and then it matters most.
      if (random() < TORN_MORE_OFTEN) figures.tornByHand += tearLog(folder);
      browser = await start();
      await log.lookAt(await browser.newPage());
      assert.deepEqual([figures.lost.slice(0, 3), figures.torn], [[], []], `after kill ${figures.kills}`);
    }
    log.end();
    await browser.kill();
  }
  return figures;
}

/** One store over many kills: what was said of it, and what is found. */
class Log {
  #name;
  #figures;
  #acknowledged = /** @type {Map<string, any>} */ (new Map());
  #begun = /** @type {Set<string>} */ (new Set());
  #refused = /** @type {Set<string>} */ (new Set());
  #found = { events: 0, segments: 0, attempts: /** @type {Map<string, any>} */ (new Map()) };

  /**
   * @param {string} name
   * @param {Figures} figures
   */
  constructor(name, figures) {
    this.#name = name;
    this.#figures = figures;
  }

  /**
   * @param {{ newPage: () => Promise<any>, kill: () => Promise<void> }} browser
   * @param {() => number} random
   */
  async writeUntilKilled(browser, random) {
    const aim = aimed(random);
    const options = { name: this.#name, durability: random() < 0.5 ? 'strict' : 'relaxed', hasLarge: random() < 0.1 };
    const pages = random() < 0.3 ? 2 : 1;
    const underWay = { merge: 0, save: 0 };
    await new Promise((resolve, reject) => {
      const hear = (/** @type {any} */ told) => {
        this.#hear(told, underWay, reject);
        if (aim(told)) setTimeout(resolve, aim.delay);
      };
      // The pages never stop by themselves: they are killed, and that is no failure any more.
      for (let n = 0; n < pages; n++) void workIn(browser, hear, options).catch(reject);
      setTimeout(resolve, AIM_LIMIT_MS);
    });
    this.#figures.kills += 1;
    this.#figures.duringMerge += Math.sign(underWay.merge);
    this.#figures.duringSave += Math.sign(underWay.save);
    this.#figures.duringAppend += Math.sign([...this.#begun].filter((one) => !this.#acknowledged.has(one) && !this.#refused.has(one) && !this.#found.attempts.has(one)).length);
    await browser.kill();
  }

  /**
   * @param {any} told
   * @param {Record<string, number>} underWay
   * @param {(error: Error) => void} reject
   */
  #hear({ begun, acknowledged, refused, begins, ends, failed }, underWay, reject) {
    if (begun !== undefined) this.#begun.add(begun);
    if (refused !== undefined) this.#refused.add(refused);
    if (acknowledged !== undefined) this.#acknowledged.set(acknowledged.attempt, acknowledged);
    if (begins !== undefined) underWay[begins] = (underWay[begins] ?? 0) + 1;
    if (ends !== undefined) underWay[ends] = (underWay[ends] ?? 0) - 1;
    if (failed !== undefined) reject(new Error(`the store failed: ${failed}`));
  }

  /** @param {any} page a fresh one */
  async lookAt(page) {
    const { attempts, events, segments, head, torn, findings, views } = await page.evaluate(examine, { name: this.#name });
    await page.close();
    const { lost } = this.#figures;
    if (head !== events) torn.push(`the head is ${head}, ${events} events are there`);
    this.#figures.torn.push(...torn, ...views, ...findings.map((/** @type {unknown} */ finding) => JSON.stringify(finding)));
    const found = new Map(attempts.map((/** @type {any[]} */ [attempt, position, of, first, last]) => [attempt, { position, of, ids: [first, last] }]));
    for (const { attempt, position, of, ids, duplicate } of this.#acknowledged.values()) {
      const there = found.get(attempt);
      if (JSON.stringify(there) !== JSON.stringify({ position, of, ids }) || duplicate) lost.push(`${attempt}: acknowledged at ${position}, found ${JSON.stringify(there)}`);
    }
    for (const attempt of this.#refused) if (found.has(attempt)) this.#figures.torn.push(`${attempt} was refused, and is there`);
    // What was found once stays, acknowledged or not.
    for (const attempt of this.#found.attempts.keys()) if (!found.has(attempt)) lost.push(`${attempt} was there after an earlier kill`);
    this.#found = { events, segments, attempts: found };
  }

  /** Adds what there was to the figures. */
  end() {
    const { events, segments, attempts } = this.#found;
    const unacknowledged = [...this.#begun].filter((one) => !this.#acknowledged.has(one) && !this.#refused.has(one));
    const there = unacknowledged.filter((one) => attempts.has(one)).length;
    this.#figures.events += events;
    this.#figures.segments += segments;
    this.#figures.acknowledged += [...this.#acknowledged.values()].reduce((sum, { of }) => sum + of, 0);
    this.#figures.refused += this.#refused.size;
    this.#figures.unacknowledgedThere += there;
    this.#figures.unacknowledgedNotThere += unacknowledged.length - there;
  }
}

/**
 * When to kill: so and so long after the nth time that something is told.
 * @param {() => number} random
 */
function aimed(random) {
  const aims = {
    acknowledged: { nth: 1 + Math.floor(100 * random()), delay: 20 * random() },
    begun: { nth: 1 + Math.floor(150 * random()), delay: 3 * random() },
    merge: { nth: 1 + Math.floor(2 * random()), delay: 12 * random() },
    save: { nth: 1 + Math.floor(4 * random()), delay: 8 * random() },
  };
  const names = /** @type {(keyof typeof aims)[]} */ (Object.keys(aims));
  const what = names[Math.floor(names.length * random())] ?? 'begun';
  const { nth, delay } = aims[what];
  let times = 0;
  const isIt = (/** @type {any} */ told) => (what in told || told.begins === what) && (times += 1) === nth;
  return Object.assign(isIt, { delay });
}

/**
 * @param {{ newPage: () => Promise<any> }} browser
 * @param {(told: any) => void} hear
 * @param {object} options
 */
async function workIn(browser, hear, options) {
  const page = await browser.newPage();
  await page.exposeFunction('tell', hear);
  await page.evaluate(work, options);
}

/* Run in the page. */

async function work(/** @type {any} */ options) {
  const { work } = await import('/tests/in-page-kills.js');
  await work(options);
}

async function examine(/** @type {any} */ options) {
  const { examine } = await import('/tests/in-page-kills.js');
  return examine(options);
}
