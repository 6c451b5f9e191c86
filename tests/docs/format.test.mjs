// src/log/codec/FORMAT.md: its examples are true, and it says all that a reader needs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inRoot } from '../../www/build/paths.mjs';
import { databaseName, withBrowser } from '../harness/harness.mjs';
import { readBlock, readDatabase, readMark, readRecord } from './format-reader.mjs';

const page = readFileSync(inRoot('src', 'log', 'codec', 'FORMAT.md'), 'utf8');

test('the record that the page shows is what the page says of it', () => {
  const record = readRecord(dump('record'));
  assert.deepEqual(Buffer.from(record.body), dump('body'));
  const { first, recordedAt, deviceTime, partsLeft, revisions } = record;
  const header = { first, recordedAt, deviceTime, partsLeft, revisions };
  assert.deepEqual(header, { first: 5, recordedAt: 1_700_000_000_000, deviceTime: 1_699_999_999_000, partsLeft: 0, revisions: [3, 0] });
  const shared = { type: 'ItemAdded', recordedAt };
  assert.deepEqual(record.events, [
    { ...shared, position: 5, streamId: 'cart-1', revision: 4, version: 1, id: '018bcfe5-6800-7000-8000-000000000001', tags: ['sku:lamp'], metadata: {}, data: { sku: 'lamp' } },
    { ...shared, position: 6, streamId: 'cart-2', revision: 1, version: 2, id: '018bcfe5-6800-7000-8000-000000000002', tags: [], metadata: { user: 'u1' }, data: null },
  ]);
});

test('the block that the page shows is what the page says of it', () => {
  const block = readBlock(dump('block'));
  assert.deepEqual(block.pieces.map((piece) => Buffer.from(piece)), [dump('piece')]);
  const { first, last, number, deviceTimes } = block;
  assert.deepEqual({ first, last, number, deviceTimes }, { first: 5, last: 6, number: 0, deviceTimes: [1_699_999_999_000, 1_699_999_999_000] });
  assert.deepEqual(block.events, readRecord(dump('record')).events.toReversed());
});

test('every row of the page that explains an offset quotes the bytes that are there', () => {
  let quoted = 0;
  for (const [, name, explained] of page.matchAll(/```hex ([\w-]+)\n[^`]*```\n([^]*?)(?=```|$)/g)) {
    const bytes = dump(name).toString('hex');
    for (const [, offset, quotes] of explained.matchAll(/^\| ([0-9a-f]{2}) \| (`.*`) \|/gm)) {
      const start = 2 * Number.parseInt(offset, 16);
      const whole = !quotes.includes('…');
      const hex = (whole ? quotes : quotes.slice(0, quotes.indexOf('…'))).replaceAll(/[^0-9a-f]/g, '');
      assert.equal(bytes.slice(start, start + hex.length), hex, `${name} at ${offset}`);
      quoted += 1;
    }
  }
  assert.ok(quoted > 40, `${quoted} rows were looked at`);
});

test('a mark reads as the page says', () => {
  const [, fence, generation, bytes] = /^The mark with fence (\d+) and generation (\d+) is `(.+)`\.$/m.exec(page);
  assert.deepEqual(readMark(Buffer.from(bytes.replaceAll(' ', ''), 'hex')), { fence: Number(fence), generation: Number(generation) });
});

test('the reader refuses every flipped bit', () => {
  for (const [name, read] of [['record', readRecord], ['block', readBlock]]) {
    const bytes = dump(name);
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) assert.throws(() => read(flipped(bytes, bit)), `${name}, bit ${bit}`);
  }
});

test('a reader written from the page reads what the engine stores and merges', async (t) => {
  const browser = await withBrowser(t);
  const tab = await browser.newPage();
  const { events, stored, storeId } = await tab.evaluate(storeAndLook, databaseName(t));
  assert.deepEqual(stored.stores, ['commits', 'meta', 'segments', 'snapshots', 'views']);
  const contents = {
    meta: Object.fromEntries(stored.meta.map(([key, value]) => [key, Buffer.from(value, 'base64')])),
    commits: stored.commits.map(([key, value]) => [key, Buffer.from(value, 'base64')]),
    segments: stored.segments.map(([key, value]) => [key, Buffer.from(value, 'base64')]),
  };
  assert.deepEqual(Object.keys(contents.meta).toSorted(), ['fence', 'format', 'layout']);
  const database = readDatabase(contents);

  await t.test('it is merged, and written on', () => {
    const { layout, segments, records } = database;
    assert.ok(segments.length > 1 && segments.some(({ bounds }) => bounds.length > 1), 'segments of several blocks');
    assert.ok(segments.some(({ blocks }) => blocks.some(({ pieces }) => pieces.length > 2)), 'blocks of several pieces');
    assert.ok(segments.some(({ order }) => order.pieces.length > 1), 'an order of several pieces');
    for (const { runs } of [layout.ids, layout.names]) assert.ok(runs.length > 0 && runs.some(({ bits }) => bits > 0), 'several shards');
    const parts = records.map(({ partsLeft }) => partsLeft);
    assert.ok(parts.every((left, n) => left === 0 || parts[n + 1] === left - 1) && parts.at(-1) === 0 && parts.includes(2), `a large commit in parts: ${parts}`);
  });

  await t.test('its manifest is of format 2', () => {
    assert.deepEqual(database.manifest, { format: 2, storeId, epoch: 0 });
  });

  await t.test('all events are there, in order', () => {
    assert.deepEqual(database.events, events);
  });

  await t.test('every event is found by its id', () => {
    for (const event of events) assert.deepEqual(database.event(event.id), event);
    assert.equal(database.event(crypto.randomUUID()), undefined);
  });

  await t.test('every stream is found by its name', () => {
    const streams = grouped(events, ({ streamId }) => streamId);
    assert.ok(streams.size > 100, `${streams.size} streams`);
    assert.deepEqual(database.streams(), [...streams.keys()].toSorted());
    for (const [streamId, those] of streams) assert.deepEqual(database.stream(streamId), those);
    assert.deepEqual(database.stream('nobody'), []);
  });

  await t.test('types, tags and categories lead to every segment that has them', () => {
    for (const segment of database.segments) {
      const leads = (kind, name) => database.places(kind, name).some(({ position, revision }) => revision === 0 && position >= segment.first && position <= segment.last);
      for (const { streamId, type, tags } of segment.events) {
        assert.ok(leads(1, type) && tags.every((tag) => leads(2, tag)) && leads(3, streamId.split('-')[0]), `${type} ${tags} ${streamId}`);
      }
    }
  });

  await t.test('the layout says what is there, and nothing else is', () => {
    const { layout, segments, mark } = database;
    const ofSegments = segments.flatMap(({ key, bounds }) => [key, ...bounds.map((_, n) => key + 1 + n)]);
    const ofRuns = [...layout.ids.runs, ...layout.names.runs].flatMap(({ key, bits }) => Array.from({ length: 2 ** bits }, (_, n) => key + n));
    const keys = [...ofSegments, ...ofRuns].toSorted((one, other) => one - other);
    assert.deepEqual(contents.segments.map(([key]) => key), keys);
    assert.ok(keys.at(-1) <= layout.lastKey);
    assert.equal(layout.streams, new Set(events.slice(0, mark.fence).map(({ streamId }) => streamId)).size);
    const bytes = new Map(contents.segments.map(([key, value]) => [key, value.length]));
    for (const segment of segments) {
      assert.equal(segment.bytes, [segment.key, ...segment.bounds.map((_, n) => segment.key + 1 + n)].reduce((sum, key) => sum + bytes.get(key), 0));
      assert.equal(segment.lastTime, segment.events.at(-1).recordedAt);
    }
    for (const { key, bits, bytes: sum } of [...layout.ids.runs, ...layout.names.runs]) {
      assert.equal(Array.from({ length: 2 ** bits }, (_, n) => bytes.get(key + n)).reduce((one, other) => one + other), sum);
    }
  });

  await t.test('what is damaged, missing or in the place of another is refused', () => {
    const read = ({ meta, commits, segments }) => {
      const { event, streams } = readDatabase({ meta, commits, segments });
      streams();
      for (const { id } of events.slice(0, 100)) event(id);
    };
    read(contents);
    for (const key of ['format', 'fence', 'layout']) {
      assert.throws(() => read({ ...contents, meta: { ...contents.meta, [key]: flipped(contents.meta[key], 77) } }), key);
      if (key !== 'format') assert.throws(() => read({ ...contents, meta: { ...contents.meta, [key]: undefined } }), `no ${key}`);
    }
    const kinds = grouped(contents.segments, ([, value]) => value.toString('latin1', 0, 4));
    assert.deepEqual([...kinds.keys()].toSorted(), ['ANLb', 'ANLi', 'ANLn', 'ANLo']);
    for (const [kind, [[first, value]]] of kinds) {
      const others = contents.segments.filter(([key]) => key !== first);
      assert.throws(() => read({ ...contents, segments: others }), `no ${kind}`);
      assert.throws(() => read({ ...contents, segments: [...others, [first, flipped(value, 99)]] }), `a damaged ${kind}`);
    }
    for (const kind of ['ANLb', 'ANLo']) {
      const [[one, value], [other, otherValue]] = kinds.get(kind);
      const swapped = new Map(contents.segments).set(one, otherValue).set(other, value);
      assert.throws(() => read({ ...contents, segments: [...swapped] }), `another ${kind}`);
    }
    const { commits } = contents;
    assert.throws(() => read({ ...contents, commits: commits.slice(1) }), 'no first commit');
    assert.throws(() => read({ ...contents, commits: commits.slice(0, -1) }), 'a commit in part');
  });
});

/** The bytes with one bit flipped. */
function flipped(bytes, bit) {
  const damaged = Buffer.from(bytes);
  damaged[bit >> 3] ^= 1 << (bit & 7);
  return damaged;
}

/** The things by what is the same of some of them. */
function grouped(things, of) {
  const groups = new Map();
  for (const thing of things) groups.set(of(thing), [...(groups.get(of(thing)) ?? []), thing]);
  return groups;
}

/** The bytes of one of the page's dumps. */
function dump(name) {
  const lines = new RegExp(`^\`\`\`hex ${name}\n([^]*?)^\`\`\``, 'm').exec(page)[1].trimEnd().split('\n');
  return Buffer.from(lines.map((line) => line.slice(6, 54).replaceAll(' ', '')).join(''), 'hex');
}

/** Runs in the page: stores and merges events of every shape, and returns them with the raw contents of the database. */
async function storeAndLook(name) {
  const { openStore } = await import('/dist/index.js');
  const store = await openStore({ name, durability: 'relaxed' });
  const { storeId } = store;
  await store.append('cart-1', [{ type: 'ItemAdded', data: { sku: 'лампа', n: 1.5 }, tags: ['a', 'b', 'a'], metadata: { user: 'u1' } }], { expectedRevision: 'noStream' });
  await store.appendMany([
    { streamId: '__proto__', events: [{ type: 'A', data: [] }, { type: 'B', tags: ['b'] }], expectedRevision: 'noStream' },
    { streamId: 'cart-1', events: [{ type: 'A', data: '', version: 4_294_967_294 }], expectedRevision: 'exists' },
  ]);
  for (let round = 0; round < 160; round += 1) await appendSome(round, 18);
  await store.merge();
  for (let round = 160; round < 240; round += 1) await appendSome(round, 2);
  await store.merge();
  for (let round = 240; round < 250; round += 1) await appendSome(round, 5);
  const long = (character) => ({ type: 'Long', data: character.repeat(400_000) });
  await store.append('long', ['x', 'y', 'z'].map(long), { expectedRevision: 'any' });
  const events = await store.readAll().toArray();
  await store.close();
  return { events, storeId, stored: await contents() };

  /** Appends of one turn share a commit. */
  function appendSome(round, count) {
    const streams = Array.from({ length: count }, (_, n) => [`cart-${(7 * round + n) % 300}`, '注文', `order-${round}`, 'a--b', '🦀-1'][n % 5]);
    return Promise.all(streams.map((streamId, n) => store.append(streamId, [shaped(round, n)], { expectedRevision: 'any' })));
  }

  function shaped(round, n) {
    const data = [null, { n, round }, `${round} слов`, { sku: '本', text: 'annals '.repeat(n) }, [round, [n]]][(round + n) % 5];
    const tags = [[], [`round:${round}`], ['🪴', `n:${n}`]][(round + 2 * n) % 3];
    const metadata = n % 4 === 0 ? { metadata: { user: `u${round % 9}`, 'имя': '🙂' } } : {};
    return { type: `Type${n % 3}`, version: n + 1, data, tags, ...metadata };
  }

  async function contents() {
    const answer = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const db = await answer(indexedDB.open(name));
    const transaction = db.transaction(['meta', 'commits', 'segments']);
    const all = async (of) => {
      const [keys, values] = await Promise.all([answer(transaction.objectStore(of).getAllKeys()), answer(transaction.objectStore(of).getAll())]);
      return keys.map((key, n) => [key, base64(values[n])]);
    };
    const [meta, commits, segments] = await Promise.all([all('meta'), all('commits'), all('segments')]);
    const stores = [...db.objectStoreNames];
    db.close();
    return { meta, commits, segments, stores };
  }

  function base64(bytes) {
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }
}
