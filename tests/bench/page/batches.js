// Events in batches, as `appendMany` takes them.

const BATCH = 1000;

/** @returns batches of 1,000 events, each a list of `{ streamId, events, expectedRevision }` */
export function batchesOf(writes) {
  const batches = [];
  for (let i = 0; i < writes.length; i += BATCH) {
    const streams = Map.groupBy(writes.slice(i, i + BATCH), ({ streamId }) => streamId);
    batches.push([...streams].map(([streamId, ofStream]) => (
      { streamId, events: ofStream.map(({ event }) => event), expectedRevision: ofStream[0].revision - 1 }
    )));
  }
  return batches;
}
