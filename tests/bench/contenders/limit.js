// The limit for many events: all of them as JSON text in one record, in one transaction, with no index and no check.

import { openRecords } from './records.js';

export async function open(name, durability) {
  const records = await openRecords(name, durability);
  let head = 0;

  return {
    appendAll(writes) {
      const recordedAt = Date.now();
      const events = writes.map(({ streamId, revision, event: { type, data } }) => (
        { id: crypto.randomUUID(), streamId, revision, type, data, recordedAt }
      ));
      const first = head + 1;
      head += events.length;
      return records.add(first, JSON.stringify(events));
    },
    read: async (after) => (await records.getAll(after)).flatMap((text) => JSON.parse(text)),
    close: () => records.close(),
  };
}
