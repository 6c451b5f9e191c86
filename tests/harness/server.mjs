// The server of the browser tests: two pages of its own, and the folders that tests load from.
import { dist, inRoot, modules, site } from '../../www/build/paths.mjs';
import { serve } from '../../www/build/serve.mjs';

const ROOTS = {
  '/dist/': dist,
  '/modules/': modules,
  '/tests/': inRoot('tests', 'browser'),
  '/node/': inRoot('tests', 'node'),
  '/site/': site,
};
/** The strictest policy under which the package is to work. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
// The empty icon keeps the browser from asking for one.
const HEAD = '<!doctype html><meta charset="utf-8"><title>blank</title><link rel="icon" href="data:,">';

/** Starts it on a free port of this machine alone. */
export async function startServer() {
  /** @type {Map<string, string>} */
  const added = new Map();
  const server = await serve({ roots: ROOTS, page: (url) => pageFor(url) ?? addedFile(url, added) });
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
  return { ...server, addFile };
}

/**
 * @param {URL} url
 * @returns {import('../../www/build/serve.mjs').Answer | undefined}
 */
function pageFor(url) {
  const type = 'text/html; charset=utf-8';
  if (url.pathname === '/blank.html') return { type, body: HEAD };
  if (url.pathname !== '/csp.html') return undefined;
  const script = url.searchParams.get('script') ?? '';
  const body = `<!doctype html><meta charset="utf-8"><title>csp</title><script type="module" src="${script.replaceAll('"', '&quot;')}"></script>`;
  return { type, body, headers: { 'Content-Security-Policy': POLICY } };
}

/**
 * @param {URL} url
 * @param {ReadonlyMap<string, string>} added
 */
function addedFile(url, added) {
  const body = added.get(url.pathname);
  return body === undefined ? undefined : { type: 'text/javascript; charset=utf-8', body };
}
