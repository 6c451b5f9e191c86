// A small static file server for the demo, the tests and the benches. Nothing is cached, nothing outside the roots is given out.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
const PORTS_TO_TRY = 20;
const HOST = '127.0.0.1';

/**
 * @typedef {object} Answer
 * @property {string} body
 * @property {string} type
 * @property {Record<string, string>} [headers]
 */
/**
 * @typedef {object} ServeOptions
 * @property {Record<string, string>} roots folders by the path under which they are served, `'/dist/'` for example
 * @property {number} [port] the first port to try; 0, the default, takes any free one
 * @property {Record<string, string>} [headers] sent with every answer
 * @property {(url: URL) => Answer | undefined} [page] answers that are no files
 * @property {Upgrade} [upgrade] takes connections that are to become WebSockets
 */
/** @typedef {(request: import('node:http').IncomingMessage, socket: import('node:stream').Duplex, head: Buffer) => void} Upgrade */
/**
 * @typedef {object} Served
 * @property {string} address without a slash at the end
 * @property {() => Promise<void>} close
 */

/**
 * @param {ServeOptions} options
 * @returns {Promise<Served>}
 */
export async function serve({ roots, port = 0, headers = {}, page, upgrade }) {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${HOST}`);
    const always = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...headers };
    const made = page?.(url);
    if (made !== undefined) response.writeHead(200, { ...always, 'Content-Type': made.type, ...made.headers }).end(made.body);
    else sendFile(fileFor(url.pathname, roots), response, always);
  });
  if (upgrade !== undefined) server.on('upgrade', upgrade);
  const taken = await listen(server, port);
  return {
    address: `http://${HOST}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * The file behind a path, by the longest root that fits. A path that leaves its root has none.
 * @param {string} path
 * @param {Record<string, string>} roots
 */
function fileFor(path, roots) {
  const prefix = Object.keys(roots).filter((one) => path.startsWith(one)).sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return undefined;
  const folder = normalize(join(roots[prefix] ?? '', sep));
  const file = normalize(join(folder, decoded(path.slice(prefix.length))));
  return file.startsWith(folder) && !file.includes('\0') ? file : undefined;
}

/** @param {string} path */
function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * @param {string | undefined} file
 * @param {import('node:http').ServerResponse} response
 * @param {Record<string, string>} headers
 */
function sendFile(file, response, headers) {
  const found = file === undefined ? undefined : withIndex(file);
  if (found === undefined) return void response.writeHead(404, { ...headers, 'Content-Type': 'text/plain' }).end('Not found');
  const type = TYPES[/** @type {keyof typeof TYPES} */ (extname(found.file))] ?? 'application/octet-stream';
  response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': found.size });
  createReadStream(found.file).on('error', () => response.destroy()).pipe(response);
}

/**
 * @param {string} file
 * @returns {{ file: string, size: number } | undefined}
 */
function withIndex(file) {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return withIndex(join(file, 'index.html'));
  return stats?.isFile() ? { file, size: stats.size } : undefined;
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {number} [tries]
 * @returns {Promise<number>}
 */
function listen(server, port, tries = PORTS_TO_TRY) {
  return new Promise((resolve, reject) => {
    const failed = (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE' && port !== 0 && tries > 1) resolve(listen(server, port + 1, tries - 1));
      else reject(error);
    };
    server.once('error', failed);
    server.listen(port, HOST, () => {
      server.removeListener('error', failed);
      resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
    });
  });
}
