// The server of the browser tests: two pages of its own, and the folders that tests load from.
import { join } from 'node:path';
import { dist, inRoot, modules, site, target } from '../../www/build/paths.mjs';
import { serve } from '../../www/build/serve.mjs';
import { PAGE_SCRIPT, Steering } from './steered/steering.mjs';

const ROOTS = {
  '/dist/': dist,
  '/modules/': modules,
  '/harness/': inRoot('tests', 'harness'),
  '/tests/': inRoot('tests', 'browser'),
  '/node/': inRoot('tests', 'node'),
  '/site/': site,
  // What tests install there.
  '/installed/': join(target, 'installed'),
};
/** The strictest policy under which the package is to work. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
/** What its pages need if they are to be steered by themselves. */
const STEERED_POLICY = `${POLICY} ws:`;
const HEAD = '<!doctype html><meta charset="utf-8">';
/** It is empty, and keeps the browser from asking for one. The strict policy allows none. */
const ICON = '<link rel="icon" href="data:,">';

/**
 * Starts it on a free port of this machine alone.
 * @param {{ isSteering?: boolean }} [options] whether its pages are to be steered by themselves
 */
export async function startServer({ isSteering = false } = {}) {
  const steering = new Steering();
  const head = isSteering ? HEAD + PAGE_SCRIPT : HEAD;
  const policy = isSteering ? STEERED_POLICY : POLICY;
  /** @type {Map<string, string>} */
  const added = new Map();
  const server = await serve({
    roots: ROOTS,
    page: (url) => pageFor(url, head, policy) ?? script(added.get(url.pathname) ?? steering.script(url.pathname)),
    upgrade: steering.upgrade,
  });
  /**
   * Gives out a script that the test has as a text, and returns its path.
   * @param {string} name
   * @param {string} text
   */
  function addFile(name, text) {
    const path = `/added/${added.size}/${name}`;
    added.set(path, text);
    return path;
  }
  return { ...server, addFile, steering };
}

/**
 * @param {URL} url
 * @param {string} head
 * @param {string} policy
 * @returns {import('../../www/build/serve.mjs').Answer | undefined}
 */
function pageFor(url, head, policy) {
  const type = 'text/html; charset=utf-8';
  if (url.pathname === '/blank.html') return { type, body: `${head}${ICON}<title>blank</title>` };
  if (url.pathname !== '/csp.html') return undefined;
  const src = (url.searchParams.get('script') ?? '').replaceAll('"', '&quot;');
  // One that forbids what the engine needs.
  if (url.searchParams.has('strict')) policy = policy.replace(" 'wasm-unsafe-eval'", '');
  return { type, body: `${head}<title>csp</title><script type="module" src="${src}"></script>`, headers: { 'Content-Security-Policy': policy } };
}

/** @param {string | undefined} text */
function script(text) {
  return text === undefined ? undefined : { type: 'text/javascript; charset=utf-8', body: text };
}
