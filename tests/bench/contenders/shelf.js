// The limit for reading one stream: each stream as JSON text in a record of its own, under its name. No store can be written like
// that, as every append would write the whole stream again; it shows what asking IndexedDB for one record costs.

import { fold } from './orders.js';
import { openRecords } from './records.js';

export async function open(name, durability) {
  const records = await openRecords(name, durability);

  return {
    bulk(writes) {
      const streams = Map.groupBy(writes, ({ streamId }) => streamId);
      return records.addAll([...streams].map(([streamId, ofStream]) => [streamId, textOf(ofStream)]));
    },
    readStream: async (streamId) => JSON.parse(await records.get(streamId)),
    load: async (streamId) => fold(JSON.parse(await records.get(streamId))),
    close: () => records.close(),
  };
}

const textOf = (writes) => JSON.stringify(writes.map(({ streamId, revision, event: { type, data } }) => (
  { id: crypto.randomUUID(), streamId, revision, type, data, recordedAt: Date.now() }
)));
