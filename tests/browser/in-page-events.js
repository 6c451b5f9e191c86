// Many events that can be told apart, and what reading them is to bring. A page loads it from /tests/in-page-events.js.

/** Events to be stored, in order, each with its stream. */
export function drafts(count) {
  return Array.from({ length: count }, (_, n) => ({ streamId: streamOf(n), event: { type: `Type${n % 10}`, tags: tagsOf(n), metadata: { n }, data: { n, text: `event ${n}` } } }));
}

/** The same as stored by `appendMany` in batches of 2000: a stream's events are adjacent in a batch. */
export function recorded(count) {
  const revisions = new Map();
  const log = [];
  const all = drafts(count);
  for (let at = 0; at < count; at += 2000) {
    const batch = [...Map.groupBy(all.slice(at, at + 2000), ({ streamId }) => streamId).values()].flat();
    for (const { streamId, event } of batch) {
      const revision = (revisions.get(streamId) ?? 0) + 1;
      revisions.set(streamId, revision);
      log.push({ ...event, version: 1, streamId, revision, position: log.length + 1 });
    }
  }
  return log;
}

/** How many events there are; or, when they are not as expected, where they begin to differ. */
export function difference(found, expected) {
  const length = Math.max(found.length, expected.length);
  for (let n = 0; n < length; n++) {
    const [one, other] = [comparable(found[n]), comparable(expected[n])];
    if (one !== other) return `event ${n}: expected ${other}, found ${one}`;
  }
  return length;
}

function comparable(event) {
  if (event === undefined) return 'none';
  const { type, data, version, streamId, revision, position, tags, metadata } = event;
  return JSON.stringify([type, data, version, streamId, revision, position, tags, metadata]);
}

/** 250 streams in 5 categories. */
function streamOf(n) {
  return `c${n % 5}-${n % 250}`;
}

function tagsOf(n) {
  return [n % 2 === 0 ? 'even' : 'odd', `tag:${n % 100}`];
}
