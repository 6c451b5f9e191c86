// A browser whose pages are steered by themselves (see steering.mjs), with what tests use of playwright's browsers, contexts and pages.
//
// Its first page only opens others. A context is a host name of its own, `c1.localhost`: no page of one origin sees what belongs to another.
import { EventEmitter, once } from 'node:events';
import { Kept, pack, unpack } from './values.js';

/** @typedef {import('./steering.mjs').Steering} Steering */
/** @typedef {ReturnType<Steering['line']>['line']} Line */
/** @typedef {{ address: string, steering: Steering }} Server */
/** @typedef {{ kill: () => Promise<void>, gone: Promise<unknown> }} Process */

const START_LIMIT_MS = 30_000;
const CONDITION_EVERY_MS = 20;
let contexts = 0;

export class SteeredBrowser {
  #server;
  #process;
  #first;

  /**
   * @param {Server} server
   * @param {(address: string) => Promise<Process>} start a browser that shows this page first
   */
  static async start(server, start) {
    const { line, hash } = server.steering.line();
    const running = await start(`${server.address}/blank.html${hash}`);
    const ended = running.gone.then(() => {
      throw new Error('the browser ended as it began');
    });
    await Promise.race([once(line, 'came', { signal: AbortSignal.timeout(START_LIMIT_MS) }), ended]).catch(async (error) => {
      await running.kill();
      throw error;
    });
    ended.catch(() => undefined);
    return new SteeredBrowser(server, running, line);
  }

  /**
   * @param {Server} server
   * @param {Process} process
   * @param {Line} first
   */
  constructor(server, process, first) {
    this.#server = server;
    this.#process = process;
    this.#first = first;
  }

  /** What the pages call it. */
  async agent() {
    return String(await this.#first.order('() => navigator.userAgent'));
  }

  /** A context with storage of its own, and without a past. */
  async newContext() {
    const { port } = new URL(this.#server.address);
    return new SteeredContext(this, this.#server, `http://c${(contexts += 1)}-${process.pid}.localhost:${port}`);
  }

  /** The context that is there again when the browser is started on the same folder. */
  lastingContext() {
    return new SteeredContext(this, this.#server, this.#server.address);
  }

  /** @param {string} address */
  async open(address) {
    // Of a size of its own it is a window, not a tab: no page is hidden behind another.
    await this.#first.order('(address) => void open(address, "_blank", "noopener,width=600,height=400")', { argument: address });
  }

  kill() {
    return this.#process.kill();
  }

  close() {
    return this.#process.kill();
  }
}

class SteeredContext {
  #browser;
  #server;
  #pages = /** @type {Set<SteeredPage>} */ (new Set());

  /**
   * @param {SteeredBrowser} browser
   * @param {Server} server
   * @param {string} origin
   */
  constructor(browser, server, origin) {
    this.#browser = browser;
    this.#server = server;
    this.origin = origin;
  }

  /** A page that is opened with its first `goto`. */
  async newPage() {
    const { line, hash } = this.#server.steering.line();
    const page = new SteeredPage(this, line, {
      open: (address) => this.#browser.open(address + hash),
      ownAddress: (address) => address.replace(this.#server.address, this.origin),
    });
    this.#pages.add(page);
    return page;
  }

  async close() {
    await Promise.all([...this.#pages].map((page) => page.close()));
  }
}

/** Emits `pageerror` with an error, `console` with what was printed, `close`. */
class SteeredPage extends EventEmitter {
  #context;
  #line;
  #open;
  #ownAddress;
  #address = '';
  #isLeaving = false;
  #patience = START_LIMIT_MS;
  #atStart = /** @type {string[]} */ ([]);
  #exposed = /** @type {Map<string, (...values: any[]) => unknown>} */ (new Map());

  /**
   * @param {SteeredContext} context
   * @param {Line} line
   * @param {{ open: (address: string) => Promise<void>, ownAddress: (address: string) => string }} browser
   */
  constructor(context, line, { open, ownAddress }) {
    super();
    this.#context = context;
    this.#line = line;
    this.#open = open;
    this.#ownAddress = ownAddress;
    // Firefox cuts off a script of a page that is being left, in the middle of it; what comes of that there is nobody's fault.
    line.on('uncaught', ({ uncaught }) => void (this.#isLeaving || this.emit('pageerror', errorOf(uncaught))));
    line.on('printed', ({ printed, text }) => this.emit('console', { type: () => printed, text: () => text }));
    line.on('called', ({ called, values }) => this.#exposed.get(called)?.(...unpack(values)));
  }

  context() {
    return this.#context;
  }

  url() {
    return this.#address;
  }

  title() {
    return this.evaluate('() => document.title');
  }

  /** @param {number} ms */
  setDefaultTimeout(ms) {
    this.#patience = ms;
  }

  /** @param {string} address */
  async goto(address) {
    const isOpen = this.#line.isUp;
    this.#address = this.#ownAddress(address);
    await this.#arrive(() => (isOpen ? this.#line.order('(address) => void steering.later(() => location.assign(address))', { argument: this.#address }) : this.#open(this.#address)));
  }

  async reload() {
    await this.#arrive(() => this.#line.order('() => void steering.later(() => location.reload())'));
  }

  async close() {
    if (!this.#line.isUp) return;
    this.#isLeaving = true;
    const left = once(this.#line, 'left', { signal: AbortSignal.timeout(this.#patience) });
    this.#line.order('() => void steering.later(() => close())').catch(() => undefined);
    await left;
    this.#line.emit('left for good');
    this.emit('close');
  }

  /**
   * @param {Function | string} order runs in the page
   * @param {unknown} [argument]
   * @returns {Promise<any>}
   */
  async evaluate(order, argument) {
    return unpack(await this.#line.order(String(order), { argument: pack(argument) }));
  }

  /**
   * As `evaluate`, but what is answered stays in the page: an argument for another order.
   * @param {Function} order
   * @param {unknown} [argument]
   */
  async evaluateHandle(order, argument) {
    return new Kept(await this.#line.order(String(order), { argument: pack(argument), isKept: true }));
  }

  /**
   * Waits until something is so in the page.
   * @param {Function} condition
   * @param {unknown} [argument]
   * @param {{ polling?: number }} [options]
   */
  async waitForFunction(condition, argument, { polling = CONDITION_EVERY_MS } = {}) {
    const order = `async (argument) => {
      while (!(await (${condition})(argument))) await new Promise((resolve) => steering.later(resolve, ${polling}));
    }`;
    await this.#inTime(this.evaluate(order, argument), 'what was waited for is not so');
  }

  /**
   * @param {string} event
   * @param {{ predicate?: (value: any) => boolean }} [options]
   * @returns {Promise<any>}
   */
  waitForEvent(event, { predicate = () => true } = {}) {
    const came = new Promise((resolve) => {
      const hear = (/** @type {unknown} */ value) => {
        if (!predicate(value)) return;
        this.off(event, hear);
        resolve(value);
      };
      this.on(event, hear);
    });
    return this.#inTime(came, `no ${event} came`);
  }

  /** @param {Function} script runs in the page after every arrival, before anything that the test orders */
  async addInitScript(script) {
    this.#atStart.push(String(script));
  }

  /**
   * @param {string} name
   * @param {(...values: any[]) => unknown} hear
   */
  async exposeFunction(name, hear) {
    this.#exposed.set(name, hear);
    await this.#line.order('(name) => steering.expose(name)', { argument: name });
  }

  /** @param {() => Promise<unknown>} go */
  async #arrive(go) {
    const came = once(this.#line, 'came', { signal: AbortSignal.timeout(this.#patience) });
    this.#isLeaving = true;
    await Promise.all([came, go()]);
    this.#isLeaving = false;
    for (const name of this.#exposed.keys()) await this.#line.order('(name) => steering.expose(name)', { argument: name });
    for (const script of this.#atStart) await this.#line.order(script);
  }

  /**
   * @template T
   * @param {Promise<T>} work
   * @param {string} otherwise
   * @returns {Promise<T>}
   */
  async #inTime(work, otherwise) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${otherwise} after ${this.#patience} ms`)), this.#patience);
    });
    return Promise.race([work, /** @type {Promise<never>} */ (late)]).finally(() => clearTimeout(timer));
  }
}

/** @param {string} text as the page tells of it: the name, the message and the stack */
function errorOf(text) {
  const [first = ''] = text.split('\n');
  return Object.assign(new Error(first), { stack: text });
}
