// The package as npm would publish it: one file.
import { join } from 'node:path';
import { emptyFolder } from './files.mjs';
import { npm } from './run.mjs';

/**
 * Packs `dist/`, which has to be built, and returns the file.
 * @param {string} folder emptied first
 */
export async function pack(folder) {
  emptyFolder(folder);
  // What it prints beside that, on standard error, may come before or behind.
  const printed = await npm(['pack', '--pack-destination', folder, '--ignore-scripts', '--loglevel=error'], { failure: 'npm could not pack the package.' });
  const name = /^\S+\.tgz$/m.exec(printed)?.[0] ?? '';
  return join(folder, name);
}
