// The server's side of steering: which pages are there, what they are ordered, and what they tell.
//
// Some browsers have no driver that sees what a user has: the one of WebKitGTK keeps IndexedDB in memory. So pages are steered by themselves. Each has a
// WebSocket to the test's server, which ends when the page does; an order is a script that the page is told to load.
import { EventEmitter } from 'node:events';
import { WebSocketServer } from 'ws';

/** @typedef {import('ws').WebSocket} Socket */

export const PAGE_SCRIPT = '<script type="module" src="/harness/steered/in-page.js"></script>';

/** All pages that are steered by this process. */
export class Steering {
  #pages = /** @type {Map<string, Line>} */ (new Map());
  #scripts = /** @type {Map<string, string>} */ (new Map());
  #sockets = new WebSocketServer({ noServer: true });
  #count = 0;

  /** A line to a page that is about to be opened, and the end of the address that tells the page of it. */
  line() {
    const number = `${(this.#count += 1)}`;
    const line = new Line((text) => this.#addScript(text));
    this.#pages.set(number, line);
    line.once('left for good', () => this.#pages.delete(number));
    return { line, hash: `#page-${number}` };
  }

  /**
   * An order's script, once.
   * @param {string} path
   */
  script(path) {
    const text = this.#scripts.get(path);
    this.#scripts.delete(path);
    return text;
  }

  /** @type {import('../../../www/build/serve.mjs').Upgrade} */
  upgrade = (request, socket, head) => {
    const page = new URL(request.url ?? '/', 'http://here').searchParams.get('page') ?? '';
    const line = this.#pages.get(page);
    if (line === undefined) return void socket.destroy();
    this.#sockets.handleUpgrade(request, socket, head, (opened) => line.connect(opened));
  };

  /** @param {string} text */
  #addScript(text) {
    const path = `/steering/${(this.#count += 1)}.js`;
    this.#scripts.set(path, text);
    return path;
  }
}

/**
 * The line to one page, over its reloads. It emits `came` and `left`, and what the page tells: `uncaught`, `printed`, `called`.
 * @extends {EventEmitter<Record<string, any[]>>}
 */
class Line extends EventEmitter {
  #addScript;
  #socket = /** @type {Socket | undefined} */ (undefined);
  #waiting = /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */ (new Map());
  #number = 0;

  /** @param {(text: string) => string} addScript */
  constructor(addScript) {
    super();
    this.setMaxListeners(0);
    this.#addScript = addScript;
  }

  get isUp() {
    return this.#socket !== undefined;
  }

  /** @param {Socket} socket */
  connect(socket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#hear(JSON.parse(String(data))));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#leave(socket));
    this.emit('came');
  }

  /**
   * Has the page run a function, given as its text; what it answers is packed.
   * @param {string} order
   * @param {{ argument?: unknown, isKept?: boolean }} [options]
   * @returns {Promise<any>}
   */
  order(order, { argument = null, isKept = false } = {}) {
    const number = (this.#number += 1);
    return new Promise((resolve, reject) => {
      if (this.#socket === undefined) return void reject(new Error('the page is not there'));
      this.#waiting.set(number, { resolve, reject });
      this.#socket.send(this.#addScript(`steering.run({ number: ${number}, isKept: ${isKept}, argument: ${JSON.stringify(argument)}, order: (${order}\n) })`));
    });
  }

  /** @param {any} told */
  #hear(told) {
    if ('number' in told) {
      const { resolve, reject } = this.#waiting.get(told.number) ?? {};
      this.#waiting.delete(told.number);
      if ('error' in told) reject?.(new Error(`page.evaluate: ${told.error}`));
      else resolve?.(told.result);
    } else {
      for (const kind of ['uncaught', 'printed', 'called']) if (kind in told) this.emit(kind, told);
    }
  }

  /** @param {Socket} socket */
  #leave(socket) {
    // A page that was reloaded may be here again before the end of the old one is heard of.
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    const gone = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of gone) reject(new Error('page.evaluate: the page went away'));
    this.emit('left');
  }
}
