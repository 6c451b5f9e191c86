// Installing browsers where the system's packages may be used without asking: as root, as in CI, or with a sudo that asks for nothing.
import process from 'node:process';
import { run, works } from '../run.mjs';
import { step } from '../log.mjs';

const isRoot = () => process.getuid?.() === 0;

export async function canUseApt() {
  if (process.platform !== 'linux' || !(await works('apt-get', ['--version']))) return false;
  return isRoot() || (await works('sudo', ['-n', 'true']));
}

/**
 * @param {string} what
 * @param {readonly string[]} packages
 * @param {string} advice for a person, when it fails
 */
export async function installWithApt(what, packages, advice) {
  const failure = `apt-get could not install ${what}. ${advice}`;
  const apt = (/** @type {string[]} */ ...args) => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    return isRoot() ? run('apt-get', args, { env, failure }) : run('sudo', ['-n', 'apt-get', ...args], { env, failure });
  };
  await step(`no ${what} found: apt-get update`, async () => void (await apt('update')));
  await step(`apt-get install ${packages[0]}`, async () => void (await apt('install', '-y', '--no-install-recommends', ...packages)));
}
