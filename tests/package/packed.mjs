// The package as npm would publish it, installed in a folder of its own.
import { writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { filesIn } from '../../www/build/files.mjs';
import { pack } from '../../www/build/pack.mjs';
import { target } from '../../www/build/paths.mjs';
import { npm } from '../../www/build/run.mjs';

/**
 * @param {string} name a folder for each file of tests: they run at the same time
 * @returns {Promise<{ tarball: string, project: string, folder: string }>} the packed file, the project that has installed it, and where it is there
 */
export async function packed(name) {
  const project = join(target, 'packed', name);
  const tarball = await pack(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await npm(['install', tarball, '--no-save', '--offline', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: project });
  return { tarball, project, folder: join(project, 'node_modules', 'annals') };
}

/** Everything below a folder, with forward slashes. */
export const namesIn = (folder) => filesIn(folder).map((file) => relative(folder, file).split(sep).join('/')).sort();
