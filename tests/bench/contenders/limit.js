// The limit for many events: all of them as JSON text, in one record or, if there are very many, in one for each 1,024, in one
// transaction, with no index and no check.

import { foldInto, rowsInOrder } from './projections.js';
import { openRecords } from './records.js';

const IN_ONE_RECORD = 1024;

export async function open(name, durability) {
  const records = await openRecords(name, durability);
  let head = 0;

  return {
    appendAll(writes) {
      const first = head + 1;
      head += writes.length;
      return records.add(first, textOf(writes));
    },
    bulk(writes) {
      const entries = [];
      for (let i = 0; i < writes.length; i += IN_ONE_RECORD) entries.push([head + i + 1, textOf(writes.slice(i, i + IN_ONE_RECORD))]);
      head += writes.length;
      return records.addAll(entries);
    },
    read: async (after) => (await records.getAll(after)).flatMap((text) => JSON.parse(text)),
    async fold(name) {
      const rows = new Map();
      for (const text of await records.getAll(0)) foldInto(rows, name, JSON.parse(text));
      return () => rowsInOrder(rows);
    },
    close: () => records.close(),
  };
}

function textOf(writes) {
  const recordedAt = Date.now();
  return JSON.stringify(writes.map(({ streamId, revision, event: { type, data } }) => (
    { id: crypto.randomUUID(), streamId, revision, type, data, recordedAt }
  )));
}
