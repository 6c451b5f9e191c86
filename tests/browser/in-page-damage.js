// Damage behind the back of everybody. A page loads it from /tests/in-page-damage.js.
import { change, connect } from '/tests/in-page.js';

/**
 * Damages the record under a key, or the nth of those with a magic: by an edit of its bytes (the text of a function), or by removing
 * it. Answers with what is left of it, as `contents` shows it.
 */
export async function damage({ name, store, key, magic, at = 0, edit }) {
  const victim = key ?? (await keysOf({ name, store, magic })).at(at);
  if (victim === undefined) throw new Error(`there is no ${magic}`);
  let bytes;
  const work = edit && (0, eval)(edit);
  await change(name, store, victim, work && ((found) => (work(found), (bytes = String(found)))));
  return { key: victim, bytes };
}

/** The keys of the records that begin with a magic. */
async function keysOf({ name, store, magic }) {
  const database = await connect(name);
  const objects = database.transaction(store).objectStore(store);
  const [keys, values] = await Promise.all([answer(objects.getAllKeys()), answer(objects.getAll())]);
  database.close();
  const begins = (bytes) => new TextDecoder().decode(bytes.subarray(0, 4)) === magic;
  return keys.filter((_, n) => begins(values[n]));
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
