// Where a WebKit is, how to get one and how to start it: the small browser that comes with WebKitGTK, on a screen that nobody sees.
//
// It is started as a user would, not by its WebDriver: under that one its data are in memory only, in another implementation of IndexedDB than users have.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { canUseApt, installWithApt } from './apt.mjs';
import { startGroup } from './group.mjs';
import { chosenProgram, isProgram, onPath } from './programs.mjs';

export const ADVICE = "It runs on Linux, with WebKitGTK's MiniBrowser (or its path in ANNALS_WEBKIT) and Xvfb; Debian has both in webkit2gtk-driver and xvfb.";

const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/libexec'];
const VERSIONS = ['webkit2gtk-4.1', 'webkitgtk-6.0'];
/** How Xvfb is asked for the number of a screen that is free: it writes it there. */
const NUMBER_TO = 3;
const START_LIMIT_MS = 10_000;

/** @returns {string | undefined} */
export function findWebKit() {
  const chosen = chosenProgram('ANNALS_WEBKIT');
  if (process.platform !== 'linux' || findXvfb() === undefined) return undefined;
  return chosen ?? miniBrowsers().find(isProgram);
}

const findXvfb = () => onPath(['Xvfb']).find(isProgram);

/** Debian has its libraries in a folder for each kind of machine. */
function miniBrowsers() {
  const folders = LIBRARIES.filter((folder) => existsSync(folder)).flatMap((folder) => [folder, ...readdirSync(folder).filter((name) => name.includes('-linux-')).map((name) => join(folder, name))]);
  return VERSIONS.flatMap((version) => folders.map((folder) => join(folder, version, 'MiniBrowser')));
}

/** Finds a WebKit, or gets one where that needs no questions. */
export async function ensureWebKit() {
  if (findWebKit() === undefined && (await canUseApt())) await installWithApt('WebKit', ['webkit2gtk-driver', 'xvfb'], ADVICE);
  return findWebKit() !== undefined;
}

/**
 * A WebKit with its data in a folder.
 * @param {string} folder
 * @param {string} address what it shows first
 */
export async function startWebKit(folder, address) {
  const screen = await startScreen();
  const folders = { XDG_DATA_HOME: join(folder, 'data'), XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config') };
  // Root has no sandbox, and is refused without this.
  const root = process.getuid?.() === 0 ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' } : {};
  const args = ['--javascript-can-open-windows-automatically=true', address];
  const browser = startGroup(findWebKit() ?? 'MiniBrowser', args, { env: { ...folders, ...root, DISPLAY: screen.name, GDK_BACKEND: 'x11' } });
  void browser.gone.then(screen.kill);
  return browser;
}

async function startScreen() {
  const { child, gone, kill } = startGroup(findXvfb() ?? 'Xvfb', ['-displayfd', String(NUMBER_TO), '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = new Promise((resolve) => child.stdio[NUMBER_TO]?.once('data', resolve));
  const late = new Promise((resolve) => void setTimeout(resolve, START_LIMIT_MS).unref());
  const named = await Promise.race([number, gone, late]);
  if (named === undefined) {
    await kill();
    throw new Error('Xvfb did not start');
  }
  return { name: `:${String(named).trim()}`, kill };
}
