// The rows of the matrix: each is one way to get annals into a page, or into Node.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serve } from '../../www/build/serve.mjs';
import { beyond, count, load } from './visit.mjs';

/** @typedef {import('./visit.mjs').Bytes} Bytes */
/** @typedef {{ page: Bytes, opening: Bytes }} Added what annals adds to what the page itself loads, and what opening the store loads */
/** @typedef {(project: import('./project.mjs').Project, browser: import('playwright-core').Browser) => Promise<Added | undefined>} Work undefined: not weighed */
/**
 * @typedef {object} Row
 * @property {string} title
 * @property {string} project a folder of tests/matrix/projects
 * @property {readonly string[]} tools whose versions are told
 * @property {Work} run
 */

const VITE = ['vite', 'build', '--logLevel', 'warn'];
const WEBPACK = ['webpack'];
const ROLLUP = ['rollup', '-c', '--silent'];
const ESBUILD = ['esbuild', 'app.js', '--bundle', '--minify', '--format=esm', '--outdir=dist', '--log-level=warning'];

/** @type {readonly Row[]} */
export const ROWS = [
  { title: 'Vite, its own server', project: 'vite', tools: ['vite'], run: fromServer('main') },
  { title: 'Vite, its own server, `annals/slim`', project: 'vite', tools: ['vite'], run: fromServer('slim') },
  { title: 'Vite', project: 'vite', tools: ['vite'], run: built(VITE, 'main', 'without') },
  { title: 'Vite, `annals/slim`', project: 'vite', tools: ['vite'], run: built(VITE, 'slim', 'without') },
  { title: 'Vite, `annals/react`', project: 'vite', tools: ['vite', 'react'], run: built(VITE, 'react', 'react-without') },
  { title: 'Vite, `annals/vue`', project: 'vite', tools: ['vite', 'vue'], run: built(VITE, 'vue') },
  { title: 'Vite, `annals/svelte`', project: 'vite', tools: ['vite', 'svelte'], run: built(VITE, 'svelte') },
  { title: 'webpack', project: 'webpack', tools: ['webpack'], run: built(WEBPACK, 'main', 'without') },
  { title: 'webpack, `annals/slim`', project: 'webpack', tools: ['webpack'], run: built(WEBPACK, 'slim', 'without') },
  { title: 'esbuild, with splitting', project: 'esbuild', tools: ['esbuild'], run: built([...ESBUILD, '--splitting'], 'main', 'without') },
  { title: 'esbuild, all in one file', project: 'esbuild', tools: ['esbuild'], run: built(ESBUILD, 'main', 'without') },
  { title: 'Rollup', project: 'rollup', tools: ['rollup'], run: built(ROLLUP, 'main', 'without') },
  { title: 'Next.js, rendered by its server', project: 'next', tools: ['next', 'react'], run: renderedByServer('/') },
  { title: 'Next.js, `annals/slim`', project: 'next', tools: ['next', 'react'], run: renderedByServer('/slim') },
  { title: 'a page without a build', project: 'plain', tools: [], run: asItIs },
  { title: 'Node, in memory', project: 'node', tools: [], run: inNode },
];

/**
 * Builds the app, and the same without annals, and visits both.
 * @param {readonly string[]} command
 * @param {string} entry
 * @param {string} [without]
 * @returns {Work}
 */
function built(command, entry, without) {
  return async (project, browser) => {
    const made = async (/** @type {string} */ entry) => {
      project.use(entry);
      return project.build(command);
    };
    const added = await served(await made(entry), (address) => count(browser, address));
    return without === undefined ? undefined : less(added, await served(await made(without), (address) => load(browser, address)));
  };
}

/**
 * Visits what Vite's server makes of the sources.
 * @param {string} entry
 * @returns {Work}
 */
function fromServer(entry) {
  return async (project, browser) => {
    project.use(entry);
    const server = await project.start((port) => ['vite', '--host', '127.0.0.1', '--port', port, '--strictPort']);
    await count(browser, server.address, { isWeighed: false }).finally(server.close);
    return undefined;
  };
}

/**
 * Visits a page of Next.js, which its server renders. All of its pages are one build: the one without annals is a page beside it.
 * @param {string} path
 * @returns {Work}
 */
function renderedByServer(path) {
  return async (project, browser) => {
    if (!existsSync(join(project.folder, '.next'))) await project.build(['next', 'build']);
    const server = await project.start((port) => ['next', 'start', '--hostname', '127.0.0.1', '--port', port]);
    try {
      const html = await (await fetch(server.address + path)).text();
      assert.match(html, /<output>closed<\/output>/, 'the server has rendered the component');
      const added = less(await count(browser, server.address + path), await load(browser, `${server.address}/without`));
      assert.doesNotMatch(server.printed(), /error/i);
      return added;
    } finally {
      await server.close();
    }
  };
}

/** @type {Work} */
async function asItIs(project, browser) {
  return served(project.folder, async (address) => {
    project.use('main');
    const added = await count(browser, address);
    project.use('without');
    return less(added, await load(browser, address));
  });
}

/** @type {Work} */
async function inNode(project) {
  project.use('memory');
  assert.equal(await project.node(), 'read 1, live 1; read 1, live 2');
  return undefined;
}

/**
 * @template T
 * @param {string} folder
 * @param {(address: string) => Promise<T>} visit
 */
async function served(folder, visit) {
  const server = await serve({ roots: { '/': folder } });
  return visit(server.address).finally(server.close);
}

/**
 * @param {Added} added
 * @param {Bytes} without
 * @returns {Added}
 */
function less({ page, opening }, without) {
  const added = beyond(page, without);
  assert.ok(without.raw > 0 && added.raw > 50_000, 'annals is seen to be loaded');
  return { page: added, opening };
}
