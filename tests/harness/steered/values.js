// What crosses between a test and a steered page: JSON, and what pages and tests have beyond it.

/**
 * A value as JSON can hold it. A function, as an answer, is nothing, as with other drivers.
 * @param {unknown} value
 * @returns {unknown}
 */
export function pack(value) {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: 'number', of: Object.is(value, -0) ? '-0' : String(value) };
  if (typeof value === 'bigint') return { $: 'bigint', of: String(value) };
  if (typeof value !== 'object') return { $: 'undefined' };
  if (value instanceof Kept) return { $: 'kept', of: value.key };
  if (value instanceof Error) return { $: 'error', of: [value.name, value.message, value.stack ?? ''] };
  if (value instanceof Uint8Array) return { $: 'bytes', of: [...value] };
  if (value instanceof Date) return { $: 'date', of: value.getTime() };
  if (Array.isArray(value)) return Array.from(value, pack);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, pack(member)]));
}

/**
 * What `pack` was given.
 * @param {any} packed
 * @param {(key: number) => unknown} [keptAs] what the page keeps under a key
 * @returns {any}
 */
export function unpack(packed, keptAs = (key) => new Kept(key)) {
  if (packed === null || typeof packed !== 'object') return packed;
  if (Array.isArray(packed)) return packed.map((one) => unpack(one, keptAs));
  const { $: kind, of } = packed;
  if (kind === undefined) return Object.fromEntries(Object.entries(packed).map(([name, member]) => [name, unpack(member, keptAs)]));
  if (kind === 'kept') return keptAs(of);
  return MAKERS[/** @type {keyof typeof MAKERS} */ (kind)](of);
}

/** Something that stays in the page, by the key under which it is kept there. */
export class Kept {
  /** @param {number} key */
  constructor(key) {
    this.key = key;
  }
}

const MAKERS = {
  undefined: () => undefined,
  number: Number,
  bigint: BigInt,
  date: (/** @type {number} */ time) => new Date(time),
  bytes: (/** @type {number[]} */ bytes) => Uint8Array.from(bytes),
  error: (/** @type {[string, string, string]} */ [name, message, stack]) => Object.assign(new Error(message), { name, stack }),
};
