// npm run test:matrix [-- word] [-- --write]: the packed package in real projects, one for each bundler and server that it is to work with without being
// told how. A word narrows the rows. `--write` puts the table down in tests/matrix/RESULTS.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { main, say, step, Stop } from './log.mjs';
import { inRoot, target } from './paths.mjs';
import { isOlder } from './setup.mjs';
import { build } from './build.mjs';
import { pack } from './pack.mjs';
import { browserVersion, ensureChromium, launchChromium } from './browsers/chromium.mjs';
import { Project } from '../../tests/matrix/project.mjs';
import { pageOf, tableOf } from '../../tests/matrix/results.mjs';
import { ROWS } from '../../tests/matrix/rows.mjs';

const results = inRoot('tests', 'matrix', 'RESULTS.md');

/**
 * Runs the rows, and returns how many.
 * @param {readonly string[]} [words]
 * @param {{ write?: boolean }} [options]
 */
export async function matrix(words = [], { write = false } = {}) {
  const chosen = ROWS.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word.toLowerCase())));
  const rows = chosen.filter(({ title, project }) => runsHere(title, new Project(project)));
  if (rows.length === 0) return 0;
  await build();
  await ensureChromium();
  const projects = await installed(new Set(rows.map(({ project }) => project)));
  const browser = await launchChromium();
  /** @type {import('../../tests/matrix/results.mjs').Result[]} */
  const found = [];
  try {
    for (const { title, project: name, tools, run } of rows) {
      const project = /** @type {Project} */ (projects.get(name));
      await step(title.replaceAll('`', ''), async () => {
        const added = await run(project, browser);
        found.push({ title, versions: tools.map((tool) => `${tool} ${project.version(tool)}`).join(', '), added });
      });
    }
  } finally {
    await browser.close();
  }
  say(`\nWhat annals adds, in bytes:\n\n${tableOf(found)}\n`);
  if (write) writeFileSync(results, pageOf(found, browserVersion(browser)));
  return rows.length;
}

/**
 * @param {string} title
 * @param {Project} project
 */
function runsHere(title, { needs }) {
  const isHere = needs === undefined || !isOlder(process.versions.node, needs);
  if (!isHere) say(`  ${title.replaceAll('`', '')}: skipped, it needs Node ${needs}`);
  return isHere;
}

/** @param {ReadonlySet<string>} names */
async function installed(names) {
  /** @type {Map<string, Project>} */
  const projects = new Map();
  let tarball = '';
  await step('packing the package', async () => void (tarball = await pack(join(target, 'matrix', 'package'))));
  for (const name of names) {
    const project = new Project(name);
    await step(`installing the project ${name}`, () => project.install(tarball));
    projects.set(name, project);
  }
  return projects;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    const [words, options] = [process.argv.slice(2).filter((word) => !word.startsWith('--')), process.argv.slice(2).filter((word) => word.startsWith('--'))];
    const unknown = options.find((option) => option !== '--write');
    if (unknown !== undefined) throw new Stop(`There is no option ${unknown}. There is --write.`);
    if ((await matrix(words, { write: options.length > 0 })) === 0) throw new Stop(`No row is called ${words.join(' ')}.`);
  });
}
