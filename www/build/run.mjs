// Other programs, run from the project's root where nothing else is said.
import { spawn } from 'node:child_process';
import process from 'node:process';
import { root } from './paths.mjs';
import { Stop } from './log.mjs';

/**
 * @typedef {object} RunOptions
 * @property {Record<string, string>} [env] added to this process's environment
 * @property {'keep' | 'show' | 'both'} [output] keep it for the caller (default), show it as it comes, or both
 * @property {string} [cwd] the project's root, unless given
 * @property {string} [failure] the sentence to stop with when the program fails
 */

/**
 * Runs a program to its end and returns what it printed. A failing program stops the tool.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>}
 */
export async function run(command, args, options = {}) {
  const { code, text } = await finish(command, args, options);
  if (code === 0) return text;
  const failure = options.failure ?? `\`${[command, ...args].join(' ')}\` failed.`;
  throw new Stop(failure, options.output === undefined || options.output === 'keep' ? text : '');
}

/**
 * Whether a program is there and ends well.
 * @param {string} command
 * @param {readonly string[]} args
 */
export async function works(command, args) {
  try {
    return (await finish(command, args, {})).code === 0;
  } catch {
    return false;
  }
}

/**
 * npm, by the very program that runs this script if npm does.
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function npm(args, options) {
  const running = process.env['npm_execpath'];
  if (running?.endsWith('npm-cli.js')) return run(process.execPath, [running, ...args], options);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<{ code: number, text: string }>}
 */
function finish(command, args, { env = {}, output = 'keep', cwd = root }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: output === 'show' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      // Windows starts a .cmd file only through its shell.
      shell: command.endsWith('.cmd'),
    });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part) => {
      text += part;
      if (output === 'both') process.stdout.write(part);
    });
    child.stderr?.setEncoding('utf8').on('data', (part) => {
      text += part;
      if (output === 'both') process.stderr.write(part);
    });
    child.on('error', (cause) => reject(new Stop(`Cannot start \`${command}\`: ${cause.message}.`)));
    child.on('close', (code, signal) => {
      if (signal !== null) text += `\nended by ${signal}`;
      resolve({ code: code ?? 1, text });
    });
  });
}
