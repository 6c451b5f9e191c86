// An object store of bare records under keys, for the contenders that show what IndexedDB itself costs.
// Written without a library, so that nothing but the browser is measured.

export async function openRecords(name, durability) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('records');
  const db = await answer(request);

  /** Resolves when the transaction is complete, which is when the records are stored. */
  const addAll = (entries) => new Promise((resolve, reject) => {
    const tx = db.transaction('records', 'readwrite', { durability });
    tx.oncomplete = () => resolve();
    tx.onabort = () => reject(tx.error);
    const records = tx.objectStore('records');
    for (const [key, value] of entries) records.add(value, key);
    tx.commit();
  });
  const records = () => db.transaction('records').objectStore('records');

  return {
    add: (key, value) => addAll([[key, value]]),
    addAll,
    get: (key) => answer(records().get(key)),
    getAll: (after) => answer(records().getAll(IDBKeyRange.lowerBound(after, true))),
    close: () => db.close(),
  };
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
