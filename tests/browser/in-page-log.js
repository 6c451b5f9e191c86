// A log of many small commits, and every answer that can be asked of it. A page loads it from /tests/in-page-log.js; tests in Node
// import it too.

/** When the clock of a log begins; each append is a second later. */
const BEGIN = Date.UTC(2026, 0, 1);

/** The page is never idle from now on: nothing is merged but by a call of `merge`. */
export function stayBusy() {
  globalThis.requestIdleCallback = () => 0;
}

/** Appends, one after the other, from the `from`th on, each a commit of its own; each answer is checked. The clock stays where it is then. */
export async function write(store, from, to) {
  for (let n = from; n < to; n++) {
    Date.now = () => BEGIN + 1000 * n;
    const { streamId, events } = draft(n);
    const { position, duplicate } = await store.append(streamId, events, { expectedRevision: 'any' });
    if (duplicate || position !== positionAfter(n)) throw new Error(`append ${n}: ${position}, ${duplicate}`);
  }
}

/** The events of so many appends, as they are to be read. */
export function recorded(appends) {
  const revisions = new Map();
  const log = [];
  for (let n = 0; n < appends; n++) {
    const { streamId, events } = draft(n);
    for (const event of events) {
      const revision = (revisions.get(streamId) ?? 0) + 1;
      revisions.set(streamId, revision);
      log.push({ version: 1, metadata: {}, ...event, streamId, revision, position: log.length + 1, recordedAt: BEGIN + 1000 * n });
    }
  }
  return log;
}

/** What is not answered as a plain list of the same events answers it: nothing, when all is well. */
export async function differences(store, log) {
  const found = [];
  const compare = (what, one, other) => {
    if (JSON.stringify(one) !== JSON.stringify(other)) found.push(what);
  };
  for (const [what, [options, expected]] of Object.entries(readings(log))) {
    compare(what, comparable(await store.readAll(options).toArray()), comparable(expected));
  }
  const names = [...new Set(log.map(({ streamId }) => streamId))].sort();
  for (const streamId of [...names, 'c0-none']) {
    const events = log.filter((event) => event.streamId === streamId);
    const middle = Math.ceil(events.length / 2);
    compare(`revision of ${streamId}`, await store.streamRevision(streamId), events.length);
    compare(`stream ${streamId}`, comparable(await store.readStream(streamId).toArray()), comparable(events));
    compare(`stream ${streamId}, backward`, comparable(await store.readStream(streamId, { direction: 'backward' }).toArray()), comparable(events.toReversed()));
    compare(`middle of ${streamId}`, comparable(await store.readStream(streamId, { from: 2, to: middle }).toArray()), comparable(events.slice(1, middle)));
    compare(`end of ${streamId}`, comparable(await store.readStream(streamId, { direction: 'backward', limit: 2 }).toArray()), comparable(events.slice(-2).reverse()));
  }
  for (let n = 0; n < log.length; n += 3) {
    const event = await store.event(log[n].id);
    compare(`event ${n + 1} by its id`, event && comparable([event]), comparable([log[n]]));
  }
  compare('event of an unknown id', await store.event(idOf(999_999, 9)), undefined);
  compare('streams', await store.streams(), names);
  compare('streams of a prefix', await store.streams({ prefix: 'c1' }), names.filter((name) => name.startsWith('c1')));
  compare('streams after one', await store.streams({ after: names[2], limit: 3 }), names.slice(3, 6));
  compare('streams of a prefix after one', await store.streams({ prefix: 'c1', after: 'c1-4' }), names.filter((name) => name.startsWith('c1') && name > 'c1-4'));
  const { findings, events } = await store.verify();
  compare(`verify: ${JSON.stringify(findings)}`, [findings.length, events], [0, log.length]);
  compare('head', store.head, log.length);
  return found;
}

/** The id of an event of the nth append. */
export function idOf(n, k) {
  return `018bcfe5-6800-7000-8000-${(n * 10 + k).toString(16).padStart(12, '0')}`;
}

/** One to three events, with what makes them tell apart in every way. */
export function draft(n) {
  const events = Array.from({ length: 1 + (n % 3) }, (_, k) => ({
    type: `Type${(n + k) % 5}`,
    data: { n, k, text: `the event ${k} of the append ${n}, `.repeat(12) },
    version: 1 + (n % 2),
    id: idOf(n, k),
    tags: [n % 2 === 0 ? 'even' : 'odd', `tag:${n % 10}`],
    metadata: n % 4 === 0 ? { userId: `u${n % 8}` } : {},
  }));
  return { streamId: `c${n % 3}-${n % 11}`, events };
}

/** The position of the last event of the nth append. */
export function positionAfter(n) {
  return 6 * Math.trunc((n + 1) / 3) + [0, 1, 3][(n + 1) % 3];
}

function readings(log) {
  const reversed = log.toReversed();
  const ofItems = (...items) => ({ query: { items } });
  const hasTag = (tag) => (event) => event.tags.includes(tag);
  const isIn = (category) => (event) => event.streamId.startsWith(`${category}-`);
  const third = Math.trunc(log.length / 3);
  const [from, until] = [log[third]?.recordedAt ?? 0, log[2 * third]?.recordedAt ?? 0];
  const inTime = ({ recordedAt }) => from <= recordedAt && recordedAt <= until;
  return {
    'all, forward': [{}, log],
    'all, backward': [{ direction: 'backward' }, reversed],
    'a window': [{ after: third, until: 2 * third }, log.slice(third, 2 * third)],
    'a window, backward': [{ after: third, until: 2 * third, direction: 'backward' }, log.slice(third, 2 * third).reverse()],
    'the first ten': [{ limit: 10 }, log.slice(0, 10)],
    'the last ten': [{ limit: 10, direction: 'backward' }, reversed.slice(0, 10)],
    'a time': [{ time: { from, until } }, log.filter(inTime)],
    'a time, backward, of a type': [{ time: { from, until }, direction: 'backward', ...ofItems({ types: ['Type1'] }) }, reversed.filter((event) => inTime(event) && event.type === 'Type1')],
    'two types': [ofItems({ types: ['Type1', 'Type3', 'None'] }), log.filter(({ type }) => type === 'Type1' || type === 'Type3')],
    'one tag, backward': [{ ...ofItems({ tags: ['tag:7'] }), direction: 'backward' }, reversed.filter(hasTag('tag:7'))],
    'two tags': [ofItems({ tags: ['odd', 'tag:3'] }), log.filter(hasTag('tag:3'))],
    'two tags that never meet': [ofItems({ tags: ['even', 'tag:3'] }), []],
    'one category': [ofItems({ categories: ['c2'] }), log.filter(isIn('c2'))],
    'one category and one type': [ofItems({ categories: ['c2'], types: ['Type0'] }), log.filter((event) => isIn('c2')(event) && event.type === 'Type0')],
    'two streams': [ofItems({ streams: ['c0-0', 'c1-4'] }), log.filter(({ streamId }) => streamId === 'c0-0' || streamId === 'c1-4')],
    'two items that overlap': [ofItems({ types: ['Type2'] }, { categories: ['c1'] }), log.filter((event) => event.type === 'Type2' || isIn('c1')(event))],
  };
}

function comparable(events) {
  return events.map(({ position, streamId, revision, type, version, id, tags, metadata, data, recordedAt }) => [position, streamId, revision, type, version, id, tags, metadata, data, recordedAt]);
}
