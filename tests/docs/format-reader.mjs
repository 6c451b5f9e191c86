// A second reader of the byte format, written from src/log/codec/FORMAT.md alone: what it cannot read, the page does not say.
//
//   const database = readDatabase({ meta: { format, fence, layout }, commits: [[key, bytes], ...], segments: [[key, bytes], ...] });
//   database.events; database.event(id); database.stream(name); database.streams();

const MAX = 2n ** 53n - 1n;
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_BITS = 16;
const MAX_RUNS = 64;
const ROWS_OF_A_PIECE = 2048;
const STREAM = 0;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @typedef {readonly (readonly [number, Uint8Array])[]} Records */
/** @typedef {{ meta: { format: Uint8Array, fence?: Uint8Array | undefined, layout?: Uint8Array | undefined }, commits: Records, segments: Records }} Contents */

/**
 * Reads a whole database, and refuses all that a reader must.
 * @param {Contents} contents
 */
export function readDatabase({ meta, commits, segments }) {
  const manifest = readManifest(meta.format);
  const { mark, layout } = readMarkAndLayout(meta);
  const stored = new Map(segments);
  const merged = layout.segments.map((segment) => readSegment(segment, stored));
  const tail = commits.filter(([key]) => key > mark.fence).map(([key, bytes]) => ({ key, ...readRecord(bytes) }));
  const events = [...merged.flatMap((segment) => segment.events), ...tail.flatMap((record) => record.events)];
  checkTail(tail, mark.fence, layout, revisionsIn(merged));

  const shards = new Map();
  const shard = (key, read) => shards.get(key) ?? shards.set(key, read(existing(stored, key, 'a shard'))).get(key);
  const segmentOf = (position) => merged.find(({ first, last }) => first <= position && position <= last);

  function event(id) {
    const hash = xxh64(Buffer.from(id.replaceAll('-', ''), 'hex'));
    const found = shardKeys(layout.ids, hash).flatMap((key) => shard(key, readIds)).filter((entry) => entry.hash === Number(hash >> 32n));
    const candidates = found.map(({ position }) => segmentOf(position)?.at(position));
    return [...candidates, ...tail.flatMap((record) => record.events)].find((one) => one?.id === id);
  }

  function places(kind, name) {
    const keys = shardKeys(layout.names, xxh64(new TextEncoder().encode(name), BigInt(kind)));
    const entries = keys.flatMap((key) => shard(key, readNames)).filter((entry) => entry.kind === kind && entry.text === name);
    return entries.flatMap((entry) => entry.places).toSorted((one, other) => one.position - other.position);
  }

  function stream(name) {
    const shares = new Set(places(STREAM, name).map(({ position }) => segmentOf(position)));
    return [...[...shares].flatMap((segment) => segment?.stream(name) ?? []), ...tail.flatMap((record) => record.events).filter((one) => one.streamId === name)];
  }

  function streams() {
    const named = allShardKeys(layout.names).flatMap((key) => shard(key, readNames)).filter(({ kind }) => kind === STREAM);
    return [...new Set([...named.map(({ text }) => text), ...tail.flatMap((record) => record.events).map(({ streamId }) => streamId)])].toSorted();
  }

  return { manifest, mark, layout, segments: merged, records: tail, events, event, stream, streams, places };
}

/**
 * Reads a manifest.
 * @param {Uint8Array} bytes
 */
export function readManifest(bytes) {
  const cursor = new Cursor(bytes);
  expect(cursor.text(8) === 'annals\r\n', 'the magic');
  const format = Number(cursor.integer(2));
  expect(format === 1 || format === 2, 'the format');
  const manifest = { format, storeId: uuid(cursor.take(16)), epoch: Number(cursor.integer(4)) };
  checkChecksum(bytes, cursor.at);
  return manifest;
}

/**
 * Reads a mark.
 * @param {Uint8Array} bytes
 */
export function readMark(bytes) {
  const cursor = new Cursor(bytes);
  const [fence, generation] = [cursor.integer(8), cursor.integer(8)];
  checkChecksum(bytes, 16);
  expect(fence <= MAX && generation <= MAX, 'numbers that JavaScript can count');
  return { fence: Number(fence), generation: Number(generation) };
}

/**
 * Reads a record: its header, and its events as the package gives them out.
 * @param {Uint8Array} bytes
 */
export function readRecord(bytes) {
  checkChecksum(bytes, bytes.length - 8);
  const cursor = new Cursor(bytes.subarray(0, -8));
  const compression = readBeginning(cursor, 'ANLc');
  const [first, recordedAt, deviceTime] = [cursor.integer(8), cursor.integer(8), cursor.integer(8)];
  const [count, partsLeft, length] = [cursor.integer(4), cursor.integer(4), cursor.integer(4)].map(Number);
  expect(count > 0 && first > 0n && first + BigInt(count) - 1n <= MAX && recordedAt <= MAX, 'the numbers of the header');
  const revisions = cursor.list(() => cursor.varint());
  const body = unpacked(compression, cursor.rest(), length);
  const header = { first: Number(first), recordedAt: Number(recordedAt), deviceTime: Number(deviceTime), partsLeft, revisions: [...revisions] };
  return { ...header, body, ...readBody(body, count, header) };
}

/**
 * Reads a block: what it is of, its pieces unpacked, and its events as the package gives them out.
 * @param {Uint8Array} bytes
 */
export function readBlock(bytes) {
  const cursor = readFrame(bytes, 'ANLb', [0]);
  const [first, last] = cursor.range();
  const number = cursor.varint();
  const bounds = cursor.list(() => ({ count: cursor.varint(), hash: cursor.varint(), revision: cursor.varint() }));
  expect(bounds.every(({ hash }) => hash < 2 ** 32), 'hashes of 32 bits');
  const pieces = readPieces(cursor, bounds.length, true);
  const contents = pieces.map((piece, n) => readPiece(piece, first, last, bounds[n]));
  const [events, deviceTimes] = [contents.flatMap((one) => one.events), contents.flatMap((one) => one.deviceTimes)];
  return { first, last, number, bounds, pieces, contents, events, deviceTimes };
}

/** A piece of a block. */
function readPiece(piece, first, last, bound) {
  const { count } = bound;
  const cursor = new Cursor(piece);
  expect(count <= cursor.left / 16, 'the number of events');
  const streams = cursor.texts();
  const runs = cursor.list(() => ({ streamId: streams[cursor.index(streams)], revision: cursor.varint(), count: cursor.varint() }));
  expect(sum(runs.map((run) => run.count)) === count, 'runs of all events');
  const places = runs.flatMap(({ streamId, revision, count: length }) => {
    let position = first;
    return Array.from({ length }, (_, n) => ({ streamId, revision: revision + n + 1, position: (position += cursor.varint()) }));
  });
  expect(places.every(({ position, revision }) => position <= last && revision <= MAX), 'positions of the segment');
  expect(places.length > 0 && upperHash(places[0].streamId) === bound.hash && places[0].revision === bound.revision, 'the event with which the piece begins');
  let time = 0;
  const times = places.map(() => (time += Number(cursor.signed())));
  expect(times.every((one) => one >= 0 && one <= MAX), 'times');
  const deviceTimes = times.map((one) => Number(BigInt.asUintN(64, BigInt(one) + cursor.signed())));
  const [types, tags] = [cursor.texts(), cursor.texts()];
  const columns = readColumns(cursor, count, types, tags, () => {
    const metadata = places.map(() => cursor.varint());
    return metadata.map((length) => [length, cursor.varint()]);
  });
  return { events: columns.map((column, n) => ({ ...column, ...places[n], recordedAt: times[n] })), deviceTimes };
}

/** Mark and layout, which go together. */
function readMarkAndLayout({ fence, layout: bytes }) {
  expect((fence === undefined) === (bytes === undefined), 'a mark and a layout, or neither');
  if (fence === undefined) return { mark: { fence: 0, generation: 0 }, layout: { generation: 0, segments: [], ids: { runs: [] }, names: { runs: [] }, aside: [] } };
  const [mark, layout] = [readMark(fence), readLayout(bytes)];
  expect(layout.generation === mark.generation && (layout.segments.at(-1)?.last ?? 0) === mark.fence, 'the layout of the mark');
  for (const { runs } of [layout.ids, layout.names]) expect((runs.at(-1)?.last ?? 0) === mark.fence, 'an index up to the fence');
  return { mark, layout };
}

function readLayout(bytes) {
  const cursor = readFrame(bytes, 'ANLl');
  const [generation, lastKey, streams] = [cursor.varint(), cursor.varint(), cursor.varint()];
  let end = 0;
  const segments = cursor.list(() => {
    expect(cursor.varint() === 0, 'no gap before a segment');
    const first = end + 1;
    end = first + cursor.varint();
    const [key, bytes] = [cursor.varint(), cursor.varint()];
    cursor.varint(); // the length before compression
    const [lastTime, lost] = [cursor.varint(), cursor.varint()];
    expect(end <= MAX && lost <= end - first + 1, 'positions of a segment');
    let hash = 0;
    const bounds = cursor.list(() => ({ hash: (hash += cursor.varint()), revision: cursor.varint() }));
    expect(hash < 2 ** 32, 'a hash of 32 bits');
    return { first, last: end, key, bytes, lastTime, lost, bounds };
  });
  const [ids, names] = [readRuns(cursor), readRuns(cursor)];
  const aside = cursor.list(() => ({ key: cursor.varint(), first: cursor.varint(), last: cursor.varint(), what: cursor.text(cursor.varint()) }));
  cursor.end();
  return { generation, lastKey, streams, segments, ids, names, aside };
}

function readRuns(cursor) {
  const run = () => {
    const [first, last, key, bits, bytes] = Array.from({ length: 5 }, () => cursor.varint());
    expect(bits <= MAX_BITS, 'at most 16 bits');
    return { first, last, key, bits, bytes };
  };
  const runs = cursor.list(run);
  expect(runs.length <= MAX_RUNS, 'at most 64 runs');
  runs.forEach(({ first }, n) => expect(first === (runs[n - 1]?.last ?? 0) + 1, 'runs one after another'));
  const isPending = cursor.varint();
  expect(isPending <= 1, '0 or 1');
  if (isPending === 0) return { runs };
  const [from, count, done] = [cursor.varint(), cursor.varint(), cursor.varint()];
  const pending = { from, count, done, output: run() };
  expect(from + count <= runs.length && done < 2 ** pending.output.bits, 'a merge of runs that are there, with shards left to do');
  return { runs, pending };
}

/** The keys of the shards to ask about a hash. */
function shardKeys({ runs, pending }, hash) {
  const shardOf = ({ bits }) => Number(hash >> BigInt(64 - bits));
  const isDone = pending !== undefined && shardOf(pending.output) < pending.done;
  const asked = isDone ? runs.toSpliced(pending.from, pending.count, pending.output) : runs;
  return asked.map((run) => run.key + shardOf(run));
}

/** The keys of all shards that are there. */
function allShardKeys({ runs, pending }) {
  const keys = ({ key }, from, to) => Array.from({ length: to - from }, (_, n) => key + from + n);
  const isMerged = (n) => pending !== undefined && n >= pending.from && n < pending.from + pending.count;
  const left = (run, n) => (isMerged(n) ? Math.floor((pending.done * 2 ** run.bits) / 2 ** pending.output.bits) : 0);
  const ofRuns = runs.flatMap((run, n) => keys(run, left(run, n), 2 ** run.bits));
  return pending === undefined ? ofRuns : [...ofRuns, ...keys(pending.output, 0, pending.done)];
}

function readIds(bytes) {
  const cursor = readFrame(bytes, 'ANLi');
  const [count, base] = [cursor.varint(), cursor.varint()];
  expect(count <= cursor.left, 'a count that the bytes have room for');
  let hash = 0;
  const entries = Array.from({ length: count }, () => ({ hash: (hash += cursor.varint()), position: base + cursor.varint() }));
  expect(hash < 2 ** 32, 'a hash of 32 bits');
  cursor.end();
  return entries;
}

function readNames(bytes) {
  const cursor = readFrame(bytes, 'ANLn');
  const entries = cursor.list(() => {
    const [kind] = cursor.take(1);
    expect(kind <= 3, 'a kind of name');
    const text = cursor.text(cursor.varint());
    let [position, revision] = [0, 0];
    return { kind, text, places: cursor.list(() => ({ position: (position += cursor.varint()), revision: (revision += cursor.varint()) })) };
  });
  cursor.end();
  return entries;
}

/** A segment: its order and its blocks, which say the same. */
function readSegment(segment, stored) {
  const { first, last, key, lost, bounds } = segment;
  const order = readOrder(existing(stored, key, 'an order'));
  expect(order.first === first && order.last === last && order.blocks.length === bounds.length, 'the order of the segment');
  const blocks = bounds.map((bound, n) => {
    const block = readBlock(existing(stored, key + 1 + n, 'a block'));
    expect(block.first === first && block.last === last && block.number === n, 'a block of the segment');
    expect(block.events.length === order.blocks[n], 'as many events as the order says');
    const [{ streamId, revision }] = block.events;
    expect(bound.hash === upperHash(streamId) && bound.revision === revision, 'the bound of the block');
    return block;
  });
  const bySlot = blocks.flatMap((block) => block.events);
  const events = order.rows.map((row) => {
    const event = bySlot[row.slot];
    for (const field of ['position', 'streamId', 'type', 'recordedAt']) expect(event[field] === row[field], `the same ${field} in order and block`);
    expect(JSON.stringify(event.tags) === JSON.stringify(row.tags), 'the same tags in order and block');
    return event;
  });
  expect(events.length === last - first + 1 - lost, 'as many lost events as the layout says');
  const at = (position) => events.find((event) => event.position === position);
  /** The stream's events, from no more blocks and pieces than the bounds allow. */
  const stream = (name) => {
    const hash = upperHash(name);
    const contents = having(hash, blocks, bounds).flatMap((block) => having(hash, block.contents, block.bounds));
    return contents.flatMap((one) => one.events).filter(({ streamId }) => streamId === name);
  };
  return { ...segment, order, blocks, events, at, stream };
}

/** Of the parts of a segment or a block, which begin with these bounds, those that may have a stream with the hash. */
function having(hash, parts, bounds) {
  const from = Math.max(0, bounds.findLastIndex((bound) => bound.hash < hash));
  return parts.slice(from, bounds.findLastIndex((bound) => bound.hash <= hash) + 1);
}

function readOrder(bytes) {
  const cursor = readFrame(bytes, 'ANLo', [0]);
  const [first, last] = cursor.range();
  const counts = [cursor.varint(), cursor.varint(), cursor.varint()];
  const blocks = cursor.list(() => cursor.varint());
  const slots = sum(blocks);
  expect(slots <= last - first + 1, 'blocks with no more events than positions');
  const pieces = readPieces(cursor, Math.ceil((last - first + 1) / ROWS_OF_A_PIECE) + 1, false);
  const names = readOrderNames(pieces.pop(), counts);
  const rows = pieces.flatMap((piece, n) => {
    const from = first + n * ROWS_OF_A_PIECE;
    return readRows(piece, from, Math.min(last, from + ROWS_OF_A_PIECE - 1), slots, names);
  });
  expect(rows.length === slots, 'as many events as the blocks have');
  return { first, last, blocks, pieces, rows };
}

/** The last piece of an order. */
function readOrderNames(piece, counts) {
  const cursor = new Cursor(piece);
  const names = [cursor.texts(), cursor.texts(), cursor.texts()];
  cursor.end();
  expect(names.every(({ length }, n) => length === counts[n]), 'as many names as the order counts');
  return names;
}

/** The other pieces: what is at some positions. */
function readRows(piece, first, last, slots, [streams, types, tags]) {
  const cursor = new Cursor(piece);
  let [index, place] = [0, 0];
  const here = cursor.list(() => {
    [index, place] = [index + cursor.varint(), place + cursor.varint()];
    expect(index < streams.length, 'an index of the streams');
    return { streamId: streams[index], slot: place };
  });
  expect(last - first + 1 <= cursor.left, 'positions that the bytes have room for');
  const rows = [];
  for (let position = first; position <= last; position += 1) {
    const number = cursor.varint();
    expect(number <= here.length, 'an index of the streams that have events here');
    const stream = here[number - 1];
    if (stream !== undefined) rows.push({ position, streamId: stream.streamId, slot: stream.slot++ });
  }
  expect(rows.every(({ slot }) => slot < slots), 'places of events');
  rows.forEach((row) => (row.type = types[cursor.index(types)]));
  rows.forEach((row) => (row.tags = cursor.list(() => tags[cursor.index(tags)])));
  let time = 0;
  const times = cursor.list(() => ({ time: (time += cursor.varint()), count: cursor.varint() }));
  expect(times.every(({ count }) => count > 0) && time <= MAX, 'times that some events have');
  expect(sum(times.map(({ count }) => count)) === rows.length, 'times of all events');
  times.flatMap((one) => Array.from({ length: one.count }, () => one.time)).forEach((one, n) => (rows[n].recordedAt = one));
  cursor.end();
  return rows;
}

/** The pieces at the end of a body, unpacked. */
function readPieces(cursor, count, sharesFirst) {
  expect(count <= cursor.left / 2, 'a count that the bytes have room for');
  const lengths = Array.from({ length: count }, () => [cursor.varint(), cursor.varint()]);
  const pieces = [];
  for (const [length, storedLength] of lengths) {
    const stored = cursor.take(storedLength);
    pieces.push(length === storedLength ? stored : unpack(stored, length, sharesFirst ? pieces[0] : undefined));
  }
  cursor.end();
  return pieces;
}

/** How far the streams go in the segments. */
function revisionsIn(segments) {
  const revisions = new Map();
  for (const { streamId, revision } of segments.flatMap((segment) => segment.events)) revisions.set(streamId, revision);
  return revisions;
}

/** What the page asks for between records. */
function checkTail(tail, fence, { segments }, revisions) {
  let [head, time] = [fence, segments.at(-1)?.lastTime ?? 0];
  for (const { key, first, recordedAt, events } of tail) {
    expect(key === first && first === head + 1, 'a record at the next position');
    expect(recordedAt >= time, 'a time that does not go back');
    for (const { streamId, revision } of events) {
      expect(revision === (revisions.get(streamId) ?? 0) + 1, 'the next revision of the stream');
      revisions.set(streamId, revision);
    }
    [head, time] = [head + events.length, recordedAt];
  }
  expect((tail.at(-1)?.partsLeft ?? 0) === 0, 'the rest of the last commit');
}

/**
 * @param {Uint8Array} body
 * @param {number} count
 * @param {{ first: number, recordedAt: number, revisions: readonly number[] }} header
 */
function readBody(body, count, { first, recordedAt, revisions }) {
  const cursor = new Cursor(body);
  expect(count <= body.length / 16, 'the number of events');
  const [streams, types, tags] = [cursor.texts(), cursor.texts(), cursor.texts()];
  expect(streams.length === revisions.length, 'the number of streams');
  const reached = [...revisions];
  const places = Array.from({ length: count }, (_, n) => {
    const stream = cursor.index(streams);
    return { streamId: streams[stream], revision: (reached[stream] += 1), position: first + n, recordedAt };
  });
  const columns = readColumns(cursor, count, types, tags, () => places.map(() => [cursor.varint(), cursor.varint()]));
  return { streams, events: columns.map((column, n) => ({ ...column, ...places[n] })) };
}

/** What records and blocks have in common, up to the end of the body. */
function readColumns(cursor, count, types, tags, readLengths) {
  const column = (read) => Array.from({ length: count }, read);
  const [ofType, versions] = [column(() => types[cursor.index(types)]), column(() => cursor.varint())];
  expect(versions.every((version) => version < 2 ** 32 - 1), 'versions');
  const ofTags = column(() => cursor.list(() => tags[cursor.index(tags)]));
  const ids = column(() => uuid(cursor.take(16)));
  const lengths = readLengths();
  const metadata = lengths.map(([length]) => (length === 0 ? '{}' : cursor.text(length)));
  const data = lengths.map(([, length]) => cursor.text(length));
  cursor.end();
  return column((_, n) => ({ type: ofType[n], data: JSON.parse(data[n]), version: versions[n], id: ids[n], tags: ofTags[n], metadata: JSON.parse(metadata[n]) }));
}

/** What is in a frame, whose body may be compressed in some ways. */
function readFrame(bytes, magic, compressions = [0, 1]) {
  checkChecksum(bytes, bytes.length - 8);
  const cursor = new Cursor(bytes.subarray(0, -8));
  const compression = readBeginning(cursor, magic);
  expect(compressions.includes(compression), 'the compression');
  const length = Number(cursor.integer(4));
  return new Cursor(unpacked(compression, cursor.rest(), length));
}

/** Magic, version, compression and flags. */
function readBeginning(cursor, magic) {
  expect(cursor.text(4) === magic, 'the magic');
  expect(cursor.integer(1) === 1n, 'the version');
  const compression = Number(cursor.integer(1));
  expect(cursor.integer(2) === 0n, 'the flags');
  return compression;
}

function unpacked(compression, stored, length) {
  expect(compression === 0 || compression === 1, 'the compression');
  const body = compression === 1 ? unpack(stored, length) : stored;
  expect(body.length === length, "the body's length");
  return body;
}

function existing(stored, key, what) {
  const bytes = stored.get(key);
  expect(bytes !== undefined, `${what} under the key ${key}`);
  return bytes;
}

/** Of the hash of a stream. */
function upperHash(streamId) {
  return Number(xxh64(new TextEncoder().encode(streamId), BigInt(STREAM)) >> 32n);
}

/** A place in bytes that are read from front to back. */
class Cursor {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(count) {
    expect(count <= this.left, `${count} more bytes`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  rest() {
    return this.take(this.left);
  }

  integer(size) {
    return this.take(size).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  varint() {
    const value = this.long();
    expect(value <= MAX, 'a number that JavaScript can count');
    return Number(value);
  }

  /** A varint as it is. */
  long() {
    let value = 0n;
    for (let n = 0n; n < 10n; n += 1n) {
      const [byte] = this.take(1);
      value |= BigInt(byte & 0x7f) << (7n * n);
      if (byte < 0x80) {
        expect(value < 2n ** 64n, 'a number of at most 64 bits');
        return value;
      }
    }
    throw new Error('expected a number of at most 64 bits');
  }

  signed() {
    const value = this.long();
    return value % 2n === 0n ? value / 2n : -(value + 1n) / 2n;
  }

  range() {
    const first = this.varint();
    const last = first + this.varint();
    expect(last <= MAX, 'a position that JavaScript can count');
    return [first, last];
  }

  texts() {
    return this.list(() => this.text(this.varint()));
  }

  end() {
    expect(this.left === 0, 'nothing more');
  }

  list(read) {
    const count = this.varint();
    expect(count <= this.left, 'a count that the bytes have room for');
    return Array.from({ length: count }, read);
  }

  index(dictionary) {
    const index = this.varint();
    expect(index < dictionary.length, 'an index of the dictionary');
    return index;
  }

  text(length) {
    return utf8.decode(this.take(length));
  }
}

/** An LZ4 block; what a match may name before it. */
function unpack(block, length, dictionary = new Uint8Array()) {
  expect(length <= Math.min(MAX_BODY_BYTES, 255 * block.length + 64), 'a length that the block can reach');
  const cursor = new Cursor(block);
  const [start, end] = [dictionary.length, dictionary.length + length];
  const out = new Uint8Array(end);
  out.set(dictionary);
  let at = start;
  const more = (nibble) => {
    let total = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; total += byte) [byte] = cursor.take(1);
    return total;
  };
  while (cursor.left > 0) {
    const [token] = cursor.take(1);
    const literals = cursor.take(more(token >> 4));
    expect(at + literals.length <= end, 'no more bytes than was said');
    out.set(literals, at);
    at += literals.length;
    if (cursor.left === 0) break;
    const back = Number(cursor.integer(2));
    const again = 4 + more(token & 15);
    expect(back > 0 && back <= at && at + again <= end, 'a match inside what is there');
    for (const until = at + again; at < until; at += 1) out[at] = out[at - back];
  }
  expect(at === end, 'as many bytes as was said');
  return out.subarray(start);
}

function checkChecksum(bytes, end) {
  expect(end >= 0, 'a checksum');
  const cursor = new Cursor(bytes.subarray(end));
  expect(cursor.left === 8 && cursor.integer(8) === xxh64(bytes.subarray(0, end)), 'bytes that match their checksum');
}

function uuid(bytes) {
  return Buffer.from(bytes).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const [P1, P2, P3, P4, P5] = [0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n];
const cut = (value) => BigInt.asUintN(64, value);
const turn = (value, bits) => cut((value << bits) | (cut(value) >> (64n - bits)));
const round = (lane, input) => cut(turn(cut(lane + input * P2), 31n) * P1);
const merge = (hash, lane) => cut((hash ^ round(0n, lane)) * P1 + P4);

/** XXH64, as its specification describes it. */
function xxh64(bytes, seed = 0n) {
  const cursor = new Cursor(bytes);
  let hash = cut(seed + P5);
  if (bytes.length >= 32) {
    let lanes = [seed + P1 + P2, seed + P2, seed, seed - P1].map(cut);
    while (cursor.left >= 32) lanes = lanes.map((lane) => round(lane, cursor.integer(8)));
    hash = cut(turn(lanes[0], 1n) + turn(lanes[1], 7n) + turn(lanes[2], 12n) + turn(lanes[3], 18n));
    hash = lanes.reduce(merge, hash);
  }
  hash = cut(hash + BigInt(bytes.length));
  while (cursor.left >= 8) hash = cut(turn(hash ^ round(0n, cursor.integer(8)), 27n) * P1 + P4);
  if (cursor.left >= 4) hash = cut(turn(hash ^ cut(cursor.integer(4) * P1), 23n) * P2 + P3);
  while (cursor.left > 0) hash = cut(turn(hash ^ cut(cursor.integer(1) * P5), 11n) * P1);
  hash = cut((hash ^ (hash >> 33n)) * P2);
  hash = cut((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}

function sum(numbers) {
  return numbers.reduce((one, other) => one + other, 0);
}

function expect(holds, what) {
  if (!holds) throw new Error(`expected ${what}`);
}
