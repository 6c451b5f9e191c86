// The package as npm would publish it: one file.
import { join } from 'node:path';
import { emptyFolder } from './files.mjs';
import { root } from './paths.mjs';
import { npm } from './run.mjs';

/**
 * Packs `dist/`, which has to be built, and returns the file.
 * @param {string} folder emptied first
 * @param {string} [cwd] where the package is
 */
export async function pack(folder, cwd = root) {
  emptyFolder(folder);
  // npm may say other things before and behind the name.
  const printed = await npm(['pack', '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'], { cwd, failure: 'npm could not pack the package.' });
  const name = /^\S+\.tgz$/m.exec(printed)?.[0] ?? '';
  return join(folder, name);
}
