// Browsers of the peers, each with a profile of its own. One server gives all of them their pages, so that a profile's origin stays what it was.

import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { filesIn } from '../../../www/build/files.mjs';
import { makeProfile, removeProfile } from '../launch.mjs';

const all = new Set();
// For a run that is interrupted. Browsers have begun to listen for the exit before, so they are gone by then.
process.once('exit', () => all.forEach((profiles) => profiles.remove()));

/** Profiles by the name of whose they are. */
export class Profiles {
  #engine;
  #server;
  #folders = new Map();

  constructor({ engine, server }) {
    this.#engine = engine;
    this.#server = server;
    all.add(this);
  }

  /** Starts a browser for each name, works, and ends them. Their profiles stay. */
  async inBrowsers(names, work) {
    const running = new Map();
    try {
      for (const name of new Set(names)) running.set(name, await this.#start(name));
      return await work((name) => running.get(name));
    } finally {
      for (const { browser } of running.values()) await browser.close();
    }
  }

  async #start(name) {
    if (!this.#folders.has(name)) this.#folders.set(name, await makeProfile());
    const folder = this.#folders.get(name);
    const browser = await this.#engine.open(this.#server, folder);
    return { browser, folder, version: browser.version, page: await browser.openPage() };
  }

  remove() {
    for (const folder of this.#folders.values()) removeProfile(folder);
    this.#folders.clear();
    all.delete(this);
  }
}

/** Bytes of the files in which a profile has what pages have stored. */
export function storedIn({ stores }, folder) {
  return stores.flatMap((part) => filesIn(join(folder, part))).reduce((total, file) => total + statSync(file).size, 0);
}

/**
 * Private memory of the processes that run the pages of a profile's Chromium, workers included, in bytes; undefined where the system or the browser does not say.
 */
export function pageMemory({ name }, folder) {
  if (process.platform !== 'linux' || name !== 'chromium') return undefined;
  const lines = execFileSync('ps', ['-eo', 'pid,args', '-ww'], { maxBuffer: 2 ** 24 }).toString().split('\n');
  const pids = lines.filter((line) => line.includes('--type=renderer') && line.includes(folder)).map((line) => line.trim().split(' ')[0]);
  return pids.map(privateBytes).reduce((total, bytes) => total + bytes, 0);
}

function privateBytes(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((total, [, kilobytes]) => total + Number(kilobytes) * 1024, 0);
}
