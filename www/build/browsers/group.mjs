// A browser is many processes, and so is many a server. Started here they are a group, which can be killed as a crash would, and is when this process ends.
import { spawn } from 'node:child_process';
import process from 'node:process';

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, stdio?: import('node:child_process').StdioOptions }} [options] `env` is added to this process's
 */
export function startGroup(program, args, { env = {}, cwd, stdio = 'ignore' } = {}) {
  const child = spawn(program, args, { detached: process.platform !== 'win32', stdio, env: { ...process.env, ...env }, ...(cwd && { cwd }), shell: program.endsWith('.cmd') });
  /** @type {Promise<void>} */
  const gone = new Promise((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const killAtExit = () => killGroup(child);
  process.once('exit', killAtExit);
  void gone.then(() => process.removeListener('exit', killAtExit));
  const kill = async () => {
    killGroup(child);
    await gone;
  };
  return { child, gone, kill };
}

/** @param {import('node:child_process').ChildProcess} child */
function killGroup(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
