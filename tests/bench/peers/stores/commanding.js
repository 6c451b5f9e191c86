// Commands as a careful application has them over a store of its choice: states are kept in memory, and that the store refuses a second event of one
// revision is what tells that another tab was first. Then the states are forgotten, read again, and the command is decided once more.

import { decide, evolve, fold } from '../../contenders/orders.js';

/** How often a command is decided. */
const MOST_TRIES = 5;

/** The state and the revision that a stream's events give. */
export const knownBy = (events) => ({ state: fold(events), revision: events.length });

/**
 * @param {object} store
 * @param {(streamIds: string[]) => Promise<{ state: object, revision: number }[]>} store.load what the stored events give
 * @param {(events: object[]) => Promise<unknown>} store.add resolves once they are stored, for good
 * @param {(error: unknown) => boolean} store.isConflict whether `add` failed as an event of that revision is there
 * @param {{ isBatched?: boolean }} [options] `isBatched`: commands that are waiting are stored together, which is the application's own work
 * @returns {(streamId: string, command: object) => Promise<object>} sends a command; the answer is the state
 */
export function commandsOf(store, { isBatched = false } = {}) {
  const known = new Map();
  return isBatched ? together((sent) => run(store, known, sent)) : inTurn((sent) => run(store, known, [sent]));
}

/** Commands to one aggregate wait for one another, as each needs the state that the former leaves; others do not wait. */
function inTurn(runOne) {
  const last = new Map();
  return (streamId, command) => {
    const sent = { streamId, command };
    const former = last.get(streamId);
    const answer = former === undefined ? runOne(sent) : former.then(() => runOne(sent), () => runOne(sent));
    last.set(streamId, answer);
    return answer.then(([state]) => state);
  };
}

/** What is sent while a batch is stored makes the next one. */
function together(runAll) {
  let waiting = [];
  let isRunning = false;
  const drain = async () => {
    isRunning = true;
    await undefined;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await runAll(batch).then(
        (states) => batch.forEach(({ resolve }, i) => resolve(states[i])),
        (error) => batch.forEach(({ reject }) => reject(error)),
      );
    }
    isRunning = false;
  };
  return (streamId, command) => new Promise((resolve, reject) => {
    waiting.push({ streamId, command, resolve, reject });
    if (!isRunning) void drain();
  });
}

async function run(store, known, sent) {
  for (let tries = 1; ; tries++) {
    await learn(store, known, sent);
    const { events, states, after } = decideAll(known, sent);
    try {
      await store.add(events);
      for (const [streamId, what] of after) known.set(streamId, what);
      return states;
    } catch (error) {
      if (!store.isConflict(error) || tries === MOST_TRIES) throw error;
      for (const { streamId } of sent) known.delete(streamId);
    }
  }
}

async function learn(store, known, sent) {
  const unknown = [...new Set(sent.map(({ streamId }) => streamId))].filter((streamId) => !known.has(streamId));
  if (unknown.length === 0) return;
  const found = await store.load(unknown);
  unknown.forEach((streamId, i) => known.set(streamId, found[i]));
}

/** Each command on the state that the former ones leave. */
export function decideAll(known, sent) {
  const after = new Map();
  const events = [];
  const states = [];
  for (const { streamId, command } of sent) {
    const { state, revision } = after.get(streamId) ?? known.get(streamId);
    const { type, data } = decide(state, { data: command });
    const event = { id: crypto.randomUUID(), streamId, revision: revision + 1, type, data, recordedAt: Date.now() };
    const next = evolve[type](state, event);
    after.set(streamId, { state: next, revision: revision + 1 });
    events.push(event);
    states.push(next);
  }
  return { events, states, after };
}
