// npm run simulate [-- --seeds N]: several tabs over a simulated disk, in any order of steps that a seed chooses.
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { run } from './run.mjs';
import { main, step } from './log.mjs';
import { setUp } from './setup.mjs';

const EXAMPLE = ['--quiet', '--profile', 'simulation', '--example', 'simulate'];

/**
 * Runs seeds, and stops with those that have found something.
 * @param {readonly string[]} args as `tests/simulation/options.rs` takes them
 */
export async function simulate(args) {
  await setUp();
  await step('compiling the simulation', async () => {
    await run('cargo', ['build', ...EXAMPLE], { failure: 'The simulation does not compile.' });
  });
  await run('cargo', ['run', ...EXAMPLE, '--', ...args], { output: 'show', failure: 'The simulation has found something.' });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(() => simulate(process.argv.slice(2)));
