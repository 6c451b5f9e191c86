// What browsers do to IndexedDB, on demand. A page loads it from /tests/in-page-faults.js.

const { transaction } = IDBDatabase.prototype;
const { open } = IDBFactory.prototype;

/**
 * Hides the end of a commit from the page, and takes the connection away. The commit is the nth from now on; it ends with
 * `complete` or `abort` before the connection goes away, or goes on while it does (`early`).
 */
export function hideCommit({ end, nth = 1 }) {
  const hidden = { count: 0 };
  let seen = 0;
  hidden.began = new Promise((resolve) => {
    IDBDatabase.prototype.transaction = function (...args) {
      const made = transaction.apply(this, args);
      if (made.mode === 'readwrite' && ++seen === nth) {
        IDBDatabase.prototype.transaction = transaction;
        hidden.count++;
        hide(this, made, end);
        resolve();
      }
      return made;
    };
  });
  return hidden;
}

function hide(database, transaction, end) {
  for (const handler of ['oncomplete', 'onabort']) Object.defineProperty(transaction, handler, { set() {} });
  const goAway = () => void database.dispatchEvent(new Event('close'));
  transaction.commit = () => {
    if (end === 'abort') transaction.abort();
    else IDBTransaction.prototype.commit.call(transaction);
    if (end === 'early') queueMicrotask(goAway);
    else transaction.addEventListener(end, goAway);
  };
}

/** Lets every opening fail, by an exception or by an event as Chromium's own trouble does; returns what heals it. */
export function refuseOpening(how) {
  const trouble = () => new DOMException('Internal error opening backing store for indexedDB.open.', 'UnknownError');
  IDBFactory.prototype.open = () => {
    if (how === 'exception') throw trouble();
    const request = { error: trouble() };
    queueMicrotask(() => request.onerror(new Event('error')));
    return request;
  };
  return () => void (IDBFactory.prototype.open = open);
}

/** Lets the next so many openings fail as Chromium's own trouble does; counts all. */
export function refuseOpenings(count) {
  const openings = { count: 0 };
  const heal = refuseOpening('event');
  const refuse = IDBFactory.prototype.open;
  IDBFactory.prototype.open = function (...args) {
    openings.count++;
    if (openings.count <= count) return refuse();
    heal();
    return open.apply(this, args);
  };
  return openings;
}

/** Every connection that is made from now on. */
export function watchConnections() {
  const connections = [];
  IDBFactory.prototype.open = function (...args) {
    const request = open.apply(this, args);
    request.addEventListener('success', () => connections.push(request.result));
    return request;
  };
  return connections;
}

/**
 * Lets the next so many transactions of a mode end, as far as the page sees, by an abort with an error: what they really end with is `complete` or
 * `abort`. With `dead`, the connection is dead for good, and nobody tells.
 */
export function failTransactions({ mode = 'readwrite', times = 1, end = 'abort', dead = false, error = null }) {
  const failed = { count: 0 };
  IDBDatabase.prototype.transaction = function (...args) {
    const made = transaction.apply(this, args);
    if (made.mode !== mode || failed.count >= times) return made;
    failed.count++;
    if (dead) this.transaction = () => refuse('InvalidStateError', 'The database connection is closing.');
    if (mode === 'readonly') silence(made);
    pretendAbort(made, { end, error: error && new DOMException(error.message, error.name) });
    return made;
  };
  return failed;
}

function refuse(name, message) {
  throw new DOMException(message, name);
}

function pretendAbort(transaction, { end, error }) {
  let tell = () => {};
  Object.defineProperty(transaction, 'oncomplete', { set() {} });
  Object.defineProperty(transaction, 'onabort', { set: (listener) => (tell = listener ?? tell) });
  Object.defineProperty(transaction, 'error', { get: () => error });
  const commit = () => IDBTransaction.prototype.commit.call(transaction);
  transaction.commit = () => (end === 'abort' ? transaction.abort() : commit());
  transaction.addEventListener(end, () => queueMicrotask(() => tell(new Event('abort'))));
}

/** Lets the next so many openings fail with an error. */
export function failOpenings({ times, name, message = 'for a test' }) {
  const openings = { count: 0 };
  IDBFactory.prototype.open = function (...args) {
    openings.count++;
    if (openings.count > times) return open.apply(this, args);
    const request = { error: new DOMException(message, name) };
    queueMicrotask(() => request.onerror(new Event('error')));
    return request;
  };
  return openings;
}

/** From now on, what waits for many seconds waits for milliseconds; but for an opening, which may take its time. */
export function hurry() {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (call, ms, ...args) => setTimeout(call, ms >= 5000 && ms < 30_000 ? ms / 100 : ms, ...args);
}

/** Lets the next transaction of a mode never end, as far as the page sees. */
export function loseTransaction(mode) {
  const lost = { count: 0 };
  IDBDatabase.prototype.transaction = function (...args) {
    const made = transaction.apply(this, args);
    if (made.mode !== mode || lost.count > 0) return made;
    lost.count++;
    for (const handler of ['oncomplete', 'onabort']) Object.defineProperty(made, handler, { set() {} });
    if (mode === 'readonly') silence(made);
    else made.commit = () => made.abort();
    return made;
  };
  return lost;
}

/** What is asked within a transaction is never answered. */
function silence(transaction) {
  const { objectStore } = transaction;
  const silently = (store, key) => (...args) => silent(store[key](...args));
  const get = (store, key) => (typeof store[key] === 'function' ? silently(store, key) : store[key]);
  transaction.objectStore = (...args) => new Proxy(objectStore.apply(transaction, args), { get });
}

function silent(request) {
  for (const handler of ['onsuccess', 'onerror']) Object.defineProperty(request, handler, { set() {} });
  return request;
}
