// What a kill leaves of the log in which Chromium's LevelDB keeps what it wrote last: whether its last record is cut off.
//
// LevelDB drops such a record when it opens the log, which is right, but then goes on writing behind the rest of it ("Reusing old log"). The next opening
// meets that rest in the middle, takes it for corruption, and Chromium deletes all databases of the origin: what was stored in between with `strict`
// and long acknowledged, too. So seen in Chromium 156. Nothing in a page can know it, or keep it from happening.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** https://github.com/google/leveldb/blob/main/doc/log_format.md: blocks of records, each with a checksum, a length and a type before it. */
const BLOCK = 32 * 1024;
const HEADER = 7;
const LENGTH_AT = 4;

/**
 * Whether a log of the databases in a folder of Chromium ends in the middle of a record.
 * @param {string} folder the browser's data
 */
export function hasTornLog(folder) {
  const databases = join(folder, 'Default', 'IndexedDB');
  if (!existsSync(databases)) return false;
  const logs = readdirSync(databases, { recursive: true }).map(String).filter((file) => /\.leveldb[\\/]\d+\.log$/.test(file));
  return logs.some((file) => isTorn(readFileSync(join(databases, file))));
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
