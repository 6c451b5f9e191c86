// Stores that earlier code has written are read by the reader that was written from src/log/codec/FORMAT.md, too.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inRoot } from '../../www/build/paths.mjs';
import { readDatabase } from './format-reader.mjs';

const fixtures = readdirSync(inRoot('tests', 'fixtures')).flatMap((file) => /^(format-\d+)\.txt$/.exec(file)?.[1] ?? []);
assert.ok(fixtures.includes('format-1'));

for (const fixture of fixtures) {
  test(`${fixture} is read as what was given to it`, () => {
    const [head, ...lines] = text(`${fixture}.events.json`).trimEnd().split('\n').map((line) => JSON.parse(line));
    const events = lines.map(({ noise: seeded, ...event }) => (seeded === undefined ? event : { ...event, data: noise(seeded) }));
    const database = readDatabase(contents(fixture));
    assert.deepEqual(database.manifest, { format: head.format, storeId: head.storeId, epoch: 0 });
    assert.equal(database.events.length, head.events);
    assert.deepEqual(database.events, events);
    for (const event of events) assert.deepEqual(database.event(event.id), event);
    const streams = grouped(events, ({ streamId }) => streamId);
    assert.deepEqual(database.streams(), [...streams.keys()].toSorted());
    for (const [streamId, those] of streams) assert.deepEqual(database.stream(streamId), those);
  });
}

/** The things by what is the same of some of them. */
function grouped(things, of) {
  const groups = new Map();
  for (const thing of things) groups.set(of(thing), [...(groups.get(of(thing)) ?? []), thing]);
  return groups;
}

/** The lines of a fixture: object store, key and bytes in base64 each. tests/fixtures/README.md says more. */
function contents(fixture) {
  const lines = text(`${fixture}.txt`).trimEnd().split('\n').filter((line) => !line.startsWith('#')).map((line) => line.split(' '));
  const of = (store) => lines.filter(([one]) => one === store).map(([, key, base64]) => [key, Buffer.from(base64, 'base64')]);
  const { format, mark, fence = mark, layout } = Object.fromEntries(of('meta'));
  const records = (store) => of(store).map(([key, bytes]) => [Number(key), bytes]);
  return { meta: { format, fence, layout }, commits: records('commits'), segments: records('segments') };
}

/** A long text that hardly compresses, by xorshift32 (Marsaglia 2003). */
function noise({ seed, length }) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let state = seed;
  return Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return letters[state >>> 26];
  }).join('');
}

function text(file) {
  return readFileSync(inRoot('tests', 'fixtures', file), 'utf8');
}
