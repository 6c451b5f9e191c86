// One build at a time: a second one waits for the first, then finds everything up to date.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { target } from './paths.mjs';
import { say } from './log.mjs';

const lock = join(target, 'build.lock');

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(work) {
  mkdirSync(target, { recursive: true });
  for (let told = false; !take(); told = true) {
    if (!told) say('  waiting for another build to finish');
    await pause(200);
  }
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function take() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    // A build that was killed leaves its lock behind.
    if (!holderLives()) release();
    return false;
  }
}

function holderLives() {
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    // Between the making of the file and the writing of the number it is empty: wait.
    return holder === 0 || process.kill(holder, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

function release() {
  rmSync(lock, { force: true });
}
