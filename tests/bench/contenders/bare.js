// The least that IndexedDB can do for one event: a transaction with a single `add`, no index, no check, committed at once.
// It takes the caller's word for the stream's revision.

import { openRecords } from './records.js';

export async function open(name, durability) {
  const records = await openRecords(name, durability);
  let position = 0;

  return {
    append(streamId, { type, data }, streamRevision) {
      position += 1;
      const revision = streamRevision + 1;
      const event = { id: crypto.randomUUID(), streamId, revision, type, data, recordedAt: Date.now() };
      return records.add(position, event);
    },
    read: (after) => records.getAll(after),
    close: () => records.close(),
  };
}
