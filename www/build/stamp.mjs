// Remembers what a step was made from, so that it is not made again from the same.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { target } from './paths.mjs';

const folder = join(target, 'stamps');

/**
 * Does the work unless it was done from the same inputs and its outputs are still there.
 * @param {string} name
 * @param {string} inputs a hash of everything that goes in
 * @param {readonly string[]} outputs paths that must exist
 * @param {() => Promise<string | void> | string | void} work
 */
export async function unlessDone(name, inputs, outputs, work) {
  const stamp = join(folder, name);
  if (outputs.every((path) => existsSync(path)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return 'up to date';
  rmSync(stamp, { force: true });
  const note = await work();
  mkdirSync(folder, { recursive: true });
  writeFileSync(stamp, inputs);
  return note;
}
