// What the tools print: one line per step, a sign of life when a step is long, one sentence when something is wrong.
import process from 'node:process';

const SIGN_OF_LIFE_MS = 10_000;
const LIVE = process.stdout.isTTY === true;

/** Something the person at the keyboard can put right: shown as it is, without a stack. */
export class Stop extends Error {
  /**
   * @param {string} message one clear sentence
   * @param {string} [output] what the failed program printed
   */
  constructor(message, output = '') {
    super(message);
    this.output = output;
  }
}

/** @param {string} text */
export const say = (text) => console.log(text);

/** @param {number} start as of `performance.now()` */
export const since = (start) => {
  const seconds = (performance.now() - start) / 1000;
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
};

/**
 * Runs one step and prints its line. What the work returns as a text is shown instead of the time.
 * @param {string} title
 * @param {() => Promise<string | void> | string | void} work
 */
export async function step(title, work) {
  const start = performance.now();
  const stopSigns = showLife(title, start);
  try {
    const note = await work();
    stopSigns();
    say(`  ${title.padEnd(44)} ${note ?? since(start)}`);
  } catch (error) {
    stopSigns();
    say(`  ${title.padEnd(44)} failed after ${since(start)}`);
    throw error;
  }
}

/**
 * @param {string} title
 * @param {number} start
 */
function showLife(title, start) {
  const line = () => (LIVE ? process.stdout.write(`\r\x1b[K  ${title} ... ${since(start)}`) : say(`  ${title} ... ${since(start)}`));
  const timer = setInterval(line, LIVE ? 1000 : SIGN_OF_LIFE_MS);
  if (LIVE) line();
  return () => {
    clearInterval(timer);
    if (LIVE) process.stdout.write('\r\x1b[K');
  };
}

/**
 * The frame around every tool: ends with a clear sentence and a non-zero code when it fails.
 * @param {() => Promise<void>} work
 */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
}

/** @param {unknown} error */
function report(error) {
  if (!(error instanceof Stop)) return console.error(error);
  if (error.output.trim() !== '') console.error(`\n${error.output.trimEnd()}`);
  console.error(`\n${error.message}`);
}
