// Logs of many events, and what it takes to open them until the first question is answered.

import { contenders } from '../../contenders/all.js';
import { streamOf, writesOf } from '../../events.js';
import { batchesOf } from '../../page/batches.js';

/** So many events are made at a time. */
const AT_ONCE = 50_000;
const STREAM_LENGTH = 50;
/** Streams that are asked for one after the other lie apart. */
const STRIDE = 37;

export const opening = {
  /** Builds a log of so many events in streams of fifty, and counts what is there after it was opened again. */
  async buildLog(storeName, lane, events) {
    const open = () => contenders[lane.opens].open(storeName, 'strict', lane);
    const store = await open();
    for (let round = 0; round * AT_ONCE < events; round++) {
      const writes = writesOf(shapeOf(events), round);
      await store.bulk(writes, batchesOf(writes));
      if (events > AT_ONCE && lane.merges) await store.merge?.();
    }
    await store.merge?.();
    await store.close();
    const again = await open();
    const found = (await again.count?.()) ?? events;
    await again.close();
    if (found !== events) throw new Error(`${storeName}: ${events} events given, ${found} stored`);
  },

  /** @returns the milliseconds from loading the peer's code to the answer how long a stream is; the store stays open */
  async openLog(storeName, lane, events, round) {
    const { streams } = shapeOf(events);
    const chunks = Math.ceil(events / AT_ONCE);
    const streamId = streamOf(round % chunks, (round * STRIDE) % streams);
    const started = performance.now();
    opened = await contenders[lane.opens].open(storeName, 'strict', lane);
    const revision = await opened.streamRevision(streamId);
    const milliseconds = performance.now() - started;
    if (revision !== STREAM_LENGTH) throw new Error(`${streamId}: expected revision ${STREAM_LENGTH}, found ${revision}`);
    return milliseconds;
  },

  closeLog: () => opened.close(),
};

let opened;

const shapeOf = (events) => ({ events: Math.min(events, AT_ONCE), streams: Math.min(events, AT_ONCE) / STREAM_LENGTH });
