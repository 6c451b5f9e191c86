// Compares what is stored with what was given, so that a contender that did nothing cannot look fast.

/** @throws when an event is missing, too many, in another place or not what was given */
export function compare(stored, given) {
  if (stored.length !== given.length) throw new Error(`${given.length} events given, ${stored.length} stored`);
  given.forEach((write, i) => compareOne(stored[i], write, `event ${i + 1} of ${given.length}`));
}

/** @throws when the event is not what was given */
export function compareOne(stored, write, name = 'event') {
  const expected = inOneText(write.streamId, write.revision, write.event);
  const found = stored === undefined ? 'nothing' : inOneText(stored.streamId, stored.revision, stored);
  if (found !== expected) throw new Error(`${name}: expected ${expected}, found ${found}`);
}

/** @throws when a row of a view is missing, too many, in another place or not what folding all events gives */
export function compareRows(found, expected) {
  if (found.length !== expected.length) throw new Error(`expected ${expected.length} rows, found ${found.length}`);
  expected.forEach((row, i) => {
    const [wanted, there] = [row, found[i]].map((one) => JSON.stringify(one));
    if (there !== wanted) throw new Error(`row ${i + 1} of ${expected.length}: expected ${wanted}, found ${there}`);
  });
}

/** What was given, as events that are folded. */
export const eventsOf = (writes) => writes.map(({ streamId, revision, event }) => ({ streamId, revision, ...event }));

const inOneText = (streamId, revision, { type, data }) => JSON.stringify([streamId, revision, type, data]);
