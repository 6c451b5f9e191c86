// A log of any length, written by many small appends. Every event grows from its stream and its revision alone, so that one stream, or
// one event, can be checked without making all the others.
//
// It is a hard log to keep in order: each stream gets its fifty events in seven appends of 1 to 20, which are spread over the
// whole log, as all streams take turns.

import { eventFrom } from './events.js';

/** How many events each of a stream's appends has; each stream begins at another place in this list. */
const APPENDS = [1, 20, 4, 9, 2, 8, 6];

export const STREAM_LENGTH = APPENDS.reduce((sum, events) => sum + events, 0);

/** How many streams a log of so many events has. */
export const streamsOf = (events) => events / STREAM_LENGTH;

export const streamName = (stream) => `order-${stream}`;

/**
 * The appends of a log, in order.
 *
 * @param {number} events a multiple of `STREAM_LENGTH`
 * @returns {Generator<{ streamId: string, expectedRevision: number, events: { type: string, data: object }[] }>}
 */
export function* appendsOf(events) {
  for (let turn = 0; turn < APPENDS.length; turn++) {
    for (let stream = 0; stream < streamsOf(events); stream++) {
      const expectedRevision = revisionBefore(stream, turn);
      yield {
        streamId: streamName(stream),
        expectedRevision,
        events: Array.from({ length: lengthOf(stream, turn) }, (_, i) => eventAt(stream, expectedRevision + i + 1)),
      };
    }
  }
}

/** One stream of a log, as `writesOf` has it. */
export const streamAt = (stream) => Array.from({ length: STREAM_LENGTH }, (_, i) => (
  { streamId: streamName(stream), revision: i + 1, event: eventAt(stream, i + 1) }
));

/** Which event an event that was read must be. */
export const writeOf = ({ streamId, revision }) => (
  { streamId, revision, event: eventAt(Number(streamId.slice(streamName('').length)), revision) }
);

/** An append's events one by one, as `writesOf` has them. */
export const writesOfAppend = ({ streamId, expectedRevision, events }) => (
  events.map((event, i) => ({ streamId, revision: expectedRevision + i + 1, event }))
);

const lengthOf = (stream, turn) => APPENDS[(stream + turn) % APPENDS.length];

function revisionBefore(stream, turn) {
  let revision = 0;
  for (let before = 0; before < turn; before++) revision += lengthOf(stream, before);
  return revision;
}

/** Neighbours in a stream get seeds that are far apart. */
const eventAt = (stream, revision) => eventFrom(Math.imul(stream * STREAM_LENGTH + revision, 0x85ebca6b) >>> 0);
