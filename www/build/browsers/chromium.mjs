// Where a Chromium is, how to get one and how to start it.
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { run } from '../run.mjs';
import { step, Stop } from '../log.mjs';
import { canUseApt, installWithApt } from './apt.mjs';
import { startGroup } from './group.mjs';
import { chosenProgram, isProgram, onPath } from './programs.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const MAC_APPS = ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium', 'Microsoft Edge.app/Contents/MacOS/Microsoft Edge'];
const WINDOWS_PROGRAMS = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
const START_LIMIT_MS = 30_000;

/** Quiet and the same everywhere: no sandbox (root has none), no GPU, no calls home. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @typedef {{ headless?: boolean, args?: readonly string[] }} LaunchOptions */

/**
 * A running Chromium, driven by playwright-core. Its contexts keep their data in memory.
 * @param {LaunchOptions} [options]
 */
export async function launchChromium({ headless = true, args = [] } = {}) {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: requireChromium(), headless, args: [...FLAGS, ...args] });
}

/**
 * A Chromium with its data in a folder, which can be killed as a crash would, or closed.
 * @param {string} userDataDir
 * @param {LaunchOptions} [options]
 */
export async function launchPersistentChromium(userDataDir, { headless = true, args = [] } = {}) {
  const { chromium } = await import('playwright-core');
  const own = ['--remote-debugging-port=0', `--user-data-dir=${userDataDir}`, ...(headless ? ['--headless'] : [])];
  // Started by hand, as playwright-core tells nobody which process to kill.
  const { child, gone, kill } = startGroup(requireChromium(), [...FLAGS, ...own, ...args, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const browser = await chromium.connectOverCDP(await debuggingAddress(child));
    const context = browser.contexts()[0];
    if (context === undefined) throw new Stop('Chromium started without a context.');
    return { browser, context, kill, close: () => closeBrowser(browser, gone) };
  } catch (error) {
    await kill();
    throw error;
  }
}

/**
 * Ends a browser as a user does: its pages are told, and its files are left in order.
 * @param {import('playwright-core').Browser} browser
 * @param {Promise<void>} gone
 */
async function closeBrowser(browser, gone) {
  // Asked from outside to end, Chromium would not tell its pages.
  for (const page of browser.contexts().flatMap((context) => context.pages())) {
    if (page.url() !== 'about:blank') await page.close();
  }
  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.close').catch(() => undefined);
  await gone;
}

/**
 * The browser's name and version, to be printed with every figure.
 * @param {import('playwright-core').Browser} browser
 */
export const browserVersion = (browser) => `Chromium ${browser.version()}`;

/** Finds a Chromium, or gets one, or stops with a clear sentence. */
export async function ensureChromium() {
  if (findChromium() !== undefined) return;
  if (await canUseApt()) await installWithApt('Chromium', ['chromium', 'fonts-liberation'], 'Install it by hand, or put the path of another one into ANNALS_CHROMIUM.');
  else await installWithPlaywright();
  requireChromium();
}

/** @returns {string | undefined} */
export function findChromium() {
  const chosen = chosenProgram('ANNALS_CHROMIUM') ?? chosenProgram('CHROME_PATH');
  if (chosen !== undefined) return chosen;
  return [...onPath(NAMES), ...usualPlaces(), ...playwrightCache()].find(isProgram);
}

function requireChromium() {
  const found = findChromium();
  if (found === undefined) throw new Stop('No Chromium was found. Install Chromium or Chrome, or put its path into ANNALS_CHROMIUM.');
  return found;
}

function usualPlaces() {
  if (process.platform === 'darwin') return ['/Applications', join(homedir(), 'Applications')].flatMap((folder) => MAC_APPS.map((app) => join(folder, app)));
  if (process.platform !== 'win32') return ['/snap/bin/chromium', '/opt/google/chrome/chrome'];
  const folders = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => process.env[name] ?? []);
  return folders.flatMap((folder) => WINDOWS_PROGRAMS.map((program) => join(folder, program)));
}

/** What `npx playwright install chromium` left, newest first. */
function playwrightCache() {
  const folder = process.env['PLAYWRIGHT_BROWSERS_PATH'] ?? defaultPlaywrightCache();
  if (!existsSync(folder)) return [];
  const programs = ['chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-win/chrome.exe', 'chrome-win64/chrome.exe', 'chrome-mac/Chromium.app/Contents/MacOS/Chromium'];
  const versions = readdirSync(folder).filter((name) => /^chromium-\d+$/.test(name));
  versions.sort((a, b) => Number(b.slice('chromium-'.length)) - Number(a.slice('chromium-'.length)));
  return versions.flatMap((version) => programs.map((program) => join(folder, version, program)));
}

function defaultPlaywrightCache() {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'ms-playwright');
  if (process.platform === 'win32') return join(process.env['LOCALAPPDATA'] ?? homedir(), 'ms-playwright');
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ms-playwright');
}

async function installWithPlaywright() {
  await step('no Chromium found: downloading one', async () => {
    const cli = join('node_modules', 'playwright-core', 'cli.js');
    const failure = 'No Chromium was found and none could be downloaded. Install Chromium or Chrome, or put its path into ANNALS_CHROMIUM.';
    await run(process.execPath, [cli, 'install', 'chromium'], { failure });
  });
}

/**
 * Chromium prints where it listens, once it does.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>}
 */
function debuggingAddress(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => finish('did not start in time'), START_LIMIT_MS);
    const read = (/** @type {string} */ part) => {
      text += part;
      const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (address === undefined) return;
      finish();
      resolve(address);
    };
    const finish = (/** @type {string} */ trouble = '') => {
      clearTimeout(timer);
      // It goes on printing, and would stand still if nobody read it.
      child.stderr?.off('data', read).resume();
      if (trouble !== '') reject(new Stop(`Chromium ${trouble}.`, text));
    };
    child.once('error', () => finish('could not be started'));
    child.once('close', () => finish('ended at once'));
    child.stderr?.setEncoding('utf8').on('data', read);
  });
}
