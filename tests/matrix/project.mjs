// A project as somebody begins it: a folder of its own, the packed package installed there by npm, and the tools that its package.json names.
import { copyFileSync, cpSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { startGroup } from '../../www/build/browsers/group.mjs';
import { emptyFolder } from '../../www/build/files.mjs';
import { Stop } from '../../www/build/log.mjs';
import { inRoot, target } from '../../www/build/paths.mjs';
import { npm, run } from '../../www/build/run.mjs';

const app = inRoot('tests', 'matrix', 'app');
const projects = inRoot('tests', 'matrix', 'projects');
const START_LIMIT_MS = 30_000;
/** Nobody is told of a test. */
const ENV = { NEXT_TELEMETRY_DISABLED: '1' };

export class Project {
  /** @param {string} name that of its folder in tests/matrix/projects */
  constructor(name) {
    this.name = name;
    this.folder = join(target, 'matrix', name);
  }

  /** The oldest Node that its tools run on, where that is newer than what all else needs. */
  get needs() {
    const { engines } = JSON.parse(readFileSync(join(projects, this.name, 'package.json'), 'utf8'));
    return /^>=(.*)/.exec(engines?.node ?? '')?.[1];
  }

  /**
   * Makes the folder, and installs.
   * @param {string} tarball the package
   */
  async install(tarball) {
    emptyFolder(this.folder);
    cpSync(join(projects, this.name), this.folder, { recursive: true });
    cpSync(app, this.folder, { recursive: true });
    copyFileSync(inRoot('.npmrc'), join(this.folder, '.npmrc'));
    // What the lock file has, and the package beside it, which it cannot have: each build is another file.
    const args = ['install', tarball, '--no-save', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await npm(args, { cwd: this.folder, failure: `npm could not install the project ${this.name}.` });
  }

  /**
   * Takes one of the files of tests/matrix/app as the app.
   * @param {string} entry
   */
  use(entry) {
    copyFileSync(join(app, `${entry}.js`), join(this.folder, 'app.js'));
  }

  /**
   * Builds, and returns the folder of what came out.
   * @param {readonly string[]} command
   */
  async build([tool = '', ...args]) {
    const made = join(this.folder, 'dist');
    emptyFolder(made);
    await run(this.#program(tool), args, { cwd: this.folder, env: ENV, failure: `${tool} could not build the project ${this.name}.` });
    // Most take no page: theirs names what they make.
    const page = join(this.folder, 'index.html');
    if (existsSync(page) && !existsSync(join(made, 'index.html'))) copyFileSync(page, join(made, 'index.html'));
    return made;
  }

  /**
   * Starts the project's own server, and waits until it answers.
   * @param {(port: string) => readonly string[]} command
   */
  async start(command) {
    const port = await freePort();
    const [tool = '', ...args] = command(port);
    const { child, gone, kill } = startGroup(this.#program(tool), args, { cwd: this.folder, env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (part) => (printed += part));
    const address = `http://127.0.0.1:${port}`;
    let isGone = false;
    void gone.then(() => (isGone = true));
    for (const start = performance.now(); !(await answers(address)); await pause(50)) {
      if (!isGone && performance.now() - start < START_LIMIT_MS) continue;
      await kill();
      throw new Stop(`${tool} does not serve the project ${this.name}.`, printed);
    }
    return { address, close: kill, printed: () => printed };
  }

  /** Runs the app in Node. */
  async node() {
    return (await run(process.execPath, ['app.js'], { cwd: this.folder, failure: `The project ${this.name} does not run in Node.` })).trim();
  }

  /**
   * The version of an installed package.
   * @param {string} name
   */
  version(name) {
    return JSON.parse(readFileSync(join(this.folder, 'node_modules', name, 'package.json'), 'utf8')).version;
  }

  /** @param {string} tool */
  #program(tool) {
    return join(this.folder, 'node_modules', '.bin', process.platform === 'win32' ? `${tool}.cmd` : tool);
  }
}

/** @returns {Promise<string>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(String(port)));
    });
  });
}

/** @param {string} address */
async function answers(address) {
  try {
    return (await fetch(address)).ok;
  } catch {
    return false;
  }
}
