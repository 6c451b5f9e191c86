// An aggregate that counts how many events its states are made of, and what is kept of it. A page loads it from /tests/in-page-counter.js.
import { connect, defineAggregate } from '/tests/in-page.js';

export function counter({ every, version = 1, isOtherText = false }) {
  const evolve = ({ total }, { data }) => {
    globalThis.evolved = (globalThis.evolved ?? 0) + 1;
    return { total: total + data };
  };
  const evolveOtherwise = (state, { data }) => {
    globalThis.evolved = (globalThis.evolved ?? 0) + 1;
    return { total: state.total + data };
  };
  return defineAggregate({
    name: 'counter',
    initialState: () => ({ total: 0 }),
    decide: { Add: (_, { data }) => ({ type: 'Added', data }) },
    evolve: { Added: isOtherText ? evolveOtherwise : evolve },
    snapshots: { every, version },
  });
}

/** The keys of all that is kept. */
export async function kept(name) {
  return ask(name, (snapshots) => snapshots.getAllKeys());
}

/** Of how many events the state of an aggregate is that is kept; 0 without one. */
export async function revisionOf(name, id) {
  const key = (await kept(name)).find((key) => key[2] === id);
  if (key === undefined) return 0;
  const bytes = await ask(name, (snapshots) => snapshots.get(key));
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

async function ask(name, question) {
  const database = await connect(name);
  try {
    const request = question(database.transaction('snapshots').objectStore('snapshots'));
    return await new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}
