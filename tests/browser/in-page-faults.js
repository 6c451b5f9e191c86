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
