// An object store of bare records under numbers, for the two contenders that show what IndexedDB itself costs.
// Written without a library, so that nothing but the browser is measured.

export async function openRecords(name, durability) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('records');
  const db = await answer(request);

  return {
    /** Resolves when the transaction is complete, which is when the record is stored. */
    add: (key, value) => new Promise((resolve, reject) => {
      const tx = db.transaction('records', 'readwrite', { durability });
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error);
      tx.objectStore('records').add(value, key);
      tx.commit();
    }),
    getAll: (after) => answer(db.transaction('records').objectStore('records').getAll(IDBKeyRange.lowerBound(after, true))),
    close: () => db.close(),
  };
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
