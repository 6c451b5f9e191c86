// Browsers of the peers, each with a profile of its own. One server gives all of them their pages, so that a profile's origin stays what it was.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { inRoot } from '../../../www/build/paths.mjs';
import { filesIn } from '../../../www/build/files.mjs';
import { makeProfile, openBrowser, removeProfile, servePage } from '../launch.mjs';
import { bundles } from './bundles.mjs';

export const serveBench = () => servePage({ script: inRoot('tests', 'bench', 'peers', 'page.js'), roots: { '/peers/': bundles } });

const all = new Set();
process.once('exit', () => all.forEach((profiles) => profiles.remove()));

/** Profiles by the name of whose they are. */
export class Profiles {
  #server;
  #folders = new Map();

  constructor(server) {
    this.#server = server;
    // For a run that is interrupted.
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
    if (!this.#folders.has(name)) {
      this.#folders.set(name, await makeProfile());
    }
    const folder = this.#folders.get(name);
    const browser = await openBrowser(this.#server, folder);
    return { browser, folder, version: browser.version, page: await browser.openPage() };
  }

  remove() {
    for (const folder of this.#folders.values()) removeProfile(folder);
    this.#folders.clear();
  }
}

/** Bytes of the files that hold what pages have stored. */
export function storedIn(folder) {
  const files = ['IndexedDB', 'File System', 'WebStorage'].flatMap((part) => filesIn(join(folder, 'Default', part)));
  return files.map((file) => Number(execFileSync('stat', ['-c', '%s', file]))).reduce((total, size) => total + size, 0);
}

/** Private memory of the processes that run the pages of a profile's browser, workers included, in bytes; undefined where the system does not say. */
export function pageMemory(folder) {
  if (process.platform !== 'linux') return undefined;
  const lines = execFileSync('ps', ['-eo', 'pid,args', '-ww'], { maxBuffer: 2 ** 24 }).toString().split('\n');
  const pids = lines.filter((line) => line.includes('--type=renderer') && line.includes(folder)).map((line) => line.trim().split(' ')[0]);
  return pids.map(privateBytes).reduce((total, bytes) => total + bytes, 0);
}

function privateBytes(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((total, [, kilobytes]) => total + Number(kilobytes) * 1024, 0);
}
