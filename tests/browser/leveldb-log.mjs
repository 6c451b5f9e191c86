// The log in which Chromium's LevelDB keeps what it wrote last, and what a kill leaves of it.
//
// LevelDB drops a record that is cut off when it opens the log, which is right, but then goes on writing behind the rest of it ("Reusing old log"). The next
// opening meets that rest in the middle, takes it for corruption, and Chromium deletes all databases of the origin: what was stored in between with `strict`
// and long acknowledged, too. So seen in Chromium 156.
import { appendFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** https://github.com/google/leveldb/blob/main/doc/log_format.md: blocks of records, each with a checksum, a length and a type before it. */
const BLOCK = 32 * 1024;
const HEADER = 7;
const LENGTH_AT = 4;
/** The type of a record that is not in several parts. */
const WHOLE = 1;

/**
 * Whether a log of the databases in a folder of Chromium ends in the middle of a record.
 * @param {string} folder the browser's data
 */
export function hasTornLog(folder) {
  return logsOf(folder).some((file) => isTorn(readFileSync(file)));
}

/**
 * Leaves a log as a kill in the middle of a write does: with the head of a record, and nothing of what it announces. Answers how many there were.
 * @param {string} folder the browser's data, on which no browser runs
 */
export function tearLog(folder) {
  const head = Buffer.alloc(HEADER);
  head.writeUInt16LE(500, LENGTH_AT);
  head[HEADER - 1] = WHOLE;
  const logs = logsOf(folder).filter((file) => !isTorn(readFileSync(file)));
  for (const file of logs) appendFileSync(file, head);
  return logs.length;
}

/**
 * The logs of the databases in a folder of Chromium.
 * @param {string} folder the browser's data
 */
export function logsOf(folder) {
  const databases = join(folder, 'Default', 'IndexedDB');
  if (!existsSync(databases)) return [];
  const files = readdirSync(databases, { recursive: true }).map(String);
  return files.filter((file) => /\.leveldb[\\/]\d+\.log$/.test(file)).map((file) => join(databases, file));
}

/** @param {Buffer} log */
function isTorn(log) {
  let at = 0;
  while (at < log.length) {
    const left = BLOCK - (at % BLOCK);
    if (left < HEADER) at += left;
    else if (at + HEADER > log.length) return true;
    else at += HEADER + log.readUInt16LE(at + LENGTH_AT);
  }
  return at > log.length;
}
