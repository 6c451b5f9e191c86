/** Bytes of randomness that are fetched at once: one call of the platform for many ids. */
const POOL_BYTES = 4096;

const RANDOM_BYTES = 8;

/** The last millisecond that the 48 bits of an id hold. */
const MAX_TIME = 2 ** 48 - 1;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

let pool: Uint8Array<ArrayBuffer> | undefined;
let used = POOL_BYTES;
let time = 0;
let timeText = '00000000-0000';
let count = 0;

/**
 * A new UUID of version 7 (RFC 9562): ids of one page sort by the time of their making. Within a millisecond they are counted
 * on in the twelve bits after the version (section 6.2, method 1).
 */
export function newEventId(): string {
  tick();
  const pool = randomBytes();
  const at = used;
  used += RANDOM_BYTES;
  const hex = (n: number): string => HEX[pool[at + n] as number] as string;
  const variant = HEX[((pool[at] as number) & 0x3f) | 0x80] as string;
  const counter = (0x7000 | count).toString(16);
  return `${timeText}-${counter}-${variant}${hex(1)}-${hex(2)}${hex(3)}${hex(4)}${hex(5)}${hex(6)}${hex(7)}`;
}

/** Whether a text is a UUID, in either case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function tick(): void {
  const now = Math.trunc(Date.now());
  // A clock that says nonsense is passed over.
  if (now > time && now <= MAX_TIME) setTime(now);
  else if (count < 0xfff) count++;
  // More than 4,096 ids in a millisecond, or the clock went back: borrow from the future.
  else setTime(time + 1);
}

function setTime(ms: number): void {
  time = ms;
  count = 0;
  const text = ms.toString(16).padStart(12, '0');
  timeText = `${text.slice(0, 8)}-${text.slice(8)}`;
}

function randomBytes(): Uint8Array<ArrayBuffer> {
  pool ??= new Uint8Array(POOL_BYTES);
  if (used + RANDOM_BYTES > POOL_BYTES) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  return pool;
}
