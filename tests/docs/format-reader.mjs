// A second reader of the byte format, written from src/log/codec/FORMAT.md alone: what it cannot read, the page does not say.

const MAX = 2n ** 53n - 1n;
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a manifest.
 * @param {Uint8Array} bytes
 */
export function readManifest(bytes) {
  const cursor = new Cursor(bytes);
  expect(cursor.text(8) === 'annals\r\n', 'the magic');
  const format = Number(cursor.integer(2));
  expect(format === 1, 'the format');
  const manifest = { format, storeId: uuid(cursor.take(16)), epoch: Number(cursor.integer(4)) };
  checkChecksum(bytes, cursor.at);
  return manifest;
}

/**
 * Reads a fence.
 * @param {Uint8Array} bytes
 */
export function readFence(bytes) {
  const position = Number(new Cursor(bytes).integer(8));
  checkChecksum(bytes, 8);
  return position;
}

/**
 * Reads a record: its header, and its events as the package gives them out.
 * @param {Uint8Array} bytes
 */
export function readRecord(bytes) {
  checkChecksum(bytes, bytes.length - 8);
  const cursor = new Cursor(bytes.subarray(0, -8));
  expect(cursor.text(4) === 'ANLc', 'the magic');
  expect(cursor.integer(1) === 1n, 'the version');
  const compression = Number(cursor.integer(1));
  expect(cursor.integer(2) === 0n, 'the flags');
  const [first, recordedAt, deviceTime] = [cursor.integer(8), cursor.integer(8), cursor.integer(8)];
  const [count, partsLeft, length] = [cursor.integer(4), cursor.integer(4), cursor.integer(4)].map(Number);
  expect(count > 0 && first > 0n && first + BigInt(count) - 1n <= MAX && recordedAt <= MAX, 'the numbers of the header');
  const revisions = cursor.list(() => cursor.varint());
  const block = cursor.rest();
  expect(compression === 0 || compression === 1, 'the compression');
  const body = compression === 1 ? unpack(block, length) : block;
  expect(body.length === length, "the body's length");
  const header = { first: Number(first), recordedAt: Number(recordedAt), deviceTime: Number(deviceTime), partsLeft, revisions: [...revisions] };
  return { ...header, body, events: readBody(body, count, header) };
}

/**
 * @param {Uint8Array} body
 * @param {number} count
 * @param {{ first: number, recordedAt: number, revisions: readonly number[] }} header
 */
function readBody(body, count, { first, recordedAt, revisions }) {
  const cursor = new Cursor(body);
  expect(count <= body.length / 16, 'the number of events');
  const dictionary = () => cursor.list(() => cursor.text(cursor.varint()));
  const [streams, types, tags] = [dictionary(), dictionary(), dictionary()];
  expect(streams.length === revisions.length, 'the number of streams');
  const column = (read) => Array.from({ length: count }, read);
  const [ofStream, ofType, versions] = [column(() => cursor.index(streams)), column(() => cursor.index(types)), column(() => cursor.varint())];
  const ofTags = column(() => cursor.list(() => tags[cursor.index(tags)]));
  const ids = column(() => uuid(cursor.take(16)));
  const lengths = column(() => [cursor.varint(), cursor.varint()]);
  const metadata = lengths.map(([length]) => (length === 0 ? '{}' : cursor.text(length)));
  const data = lengths.map(([, length]) => cursor.text(length));
  expect(cursor.left === 0, 'the end of the body');
  const reached = [...revisions];
  return column((_, n) => ({
    type: types[ofType[n]],
    data: JSON.parse(data[n]),
    version: versions[n],
    id: ids[n],
    streamId: streams[ofStream[n]],
    revision: (reached[ofStream[n]] += 1),
    position: first + n,
    tags: ofTags[n],
    metadata: JSON.parse(metadata[n]),
    recordedAt,
  }));
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
    let value = 0n;
    for (let n = 0n; n < 10n; n += 1n) {
      const [byte] = this.take(1);
      value |= BigInt(byte & 0x7f) << (7n * n);
      if (byte < 0x80) {
        expect(value <= MAX, 'a number that JavaScript can count');
        return Number(value);
      }
    }
    throw new Error('expected a number of at most 64 bits');
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

/** An LZ4 block. */
function unpack(block, length) {
  expect(length <= Math.min(MAX_BODY_BYTES, 255 * block.length + 64), 'a length that the block can reach');
  const cursor = new Cursor(block);
  const out = new Uint8Array(length);
  let at = 0;
  const more = (nibble) => {
    let sum = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; sum += byte) [byte] = cursor.take(1);
    return sum;
  };
  while (cursor.left > 0) {
    const [token] = cursor.take(1);
    const literals = cursor.take(more(token >> 4));
    expect(at + literals.length <= length, 'no more bytes than the header says');
    out.set(literals, at);
    at += literals.length;
    if (cursor.left === 0) break;
    const back = Number(cursor.integer(2));
    const again = 4 + more(token & 15);
    expect(back > 0 && back <= at && at + again <= length, 'a match inside what is there');
    for (const end = at + again; at < end; at += 1) out[at] = out[at - back];
  }
  expect(at === length, 'as many bytes as the header says');
  return out;
}

function checkChecksum(bytes, end) {
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

/** XXH64 with seed 0, as its specification describes it. */
function xxh64(bytes) {
  const cursor = new Cursor(bytes);
  let hash = P5;
  if (bytes.length >= 32) {
    let lanes = [cut(P1 + P2), P2, 0n, cut(-P1)];
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

function expect(holds, what) {
  if (!holds) throw new Error(`expected ${what}`);
}
