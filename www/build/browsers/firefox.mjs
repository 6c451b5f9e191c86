// Where a Firefox is, how to get one and how to start it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { canUseApt, installWithApt } from './apt.mjs';
import { startGroup } from './group.mjs';
import { chosenProgram, isProgram, onPath } from './programs.mjs';

export const ADVICE = 'Install Firefox, or put its path into ANNALS_FIREFOX.';

const NAMES = ['firefox-esr', 'firefox'];
const MAC_APPS = ['/Applications/Firefox.app/Contents/MacOS/firefox'];
const WINDOWS_PROGRAMS = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => join(process.env[name] ?? '', 'Mozilla Firefox', 'firefox.exe'));

/** Quiet, no calls home, and windows that pages open and close by themselves. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.blockedURIs.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'browser.tabs.warnOnClose': false,
  'captivedetect.canonicalURL': '',
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.allow_scripts_to_close_windows': true,
  'dom.disable_open_during_load': false,
  'dom.max_script_run_time': 0,
  'dom.popup_maximum': -1,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.startup.max_resumed_crashes': -1,
  'toolkit.telemetry.enabled': false,
  'toolkit.telemetry.server': '',
};

/** @returns {string | undefined} */
export function findFirefox() {
  const usual = { darwin: MAC_APPS, win32: WINDOWS_PROGRAMS }[String(process.platform)] ?? [];
  return chosenProgram('ANNALS_FIREFOX') ?? [...onPath(NAMES), ...usual].find(isProgram);
}

/** Finds a Firefox, or gets one where that needs no questions. */
export async function ensureFirefox() {
  if (findFirefox() === undefined && (await canUseApt())) await installWithApt('Firefox', ['firefox-esr'], ADVICE);
  return findFirefox() !== undefined;
}

/**
 * A Firefox with its data in a folder.
 * @param {string} folder
 * @param {string} address what it shows first
 */
export function startFirefox(folder, address) {
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  writeFileSync(join(folder, 'user.js'), lines.join(''));
  return startGroup(findFirefox() ?? 'firefox', ['--headless', '--no-remote', '--profile', folder, address], { env: { MOZ_CRASHREPORTER_DISABLE: '1' } });
}
