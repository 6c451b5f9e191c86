import { describe } from './arguments.ts';
import { invalidArgument } from './errors.ts';

/** What is larger or deeper is left to the platform: there an object that is met often is copied once. */
const MOST_OBJECTS = 1000;
const MAX_DEPTH = 16;

const strange: unique symbol = Symbol('strange');

/** How many objects may still be copied. */
let left = 0;

/**
 * A copy of what a caller has given. What most give, a few plain objects and arrays of plain values, is copied here: the platform takes longer over little things.
 *
 * @throws {AnnalsError} `InvalidArgument`: it cannot be copied
 */
export function copyOf(argument: string, value: unknown): unknown {
  if (typeof value !== 'object') return value;
  try {
    left = MOST_OBJECTS;
    const copy = plainCopy(value, MAX_DEPTH);
    return copy === strange ? structuredClone(value) : copy;
  } catch (error) {
    throw invalidArgument(argument, 'a value that can be copied', error instanceof Error ? error.message : describe(value));
  }
}

function plainCopy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'function' || typeof value === 'symbol' ? strange : value;
  if (depth === 0 || left-- === 0) return strange;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return copyOfObject(value as Readonly<Record<string, unknown>>, depth - 1);
  return prototype === Array.prototype && Array.isArray(value) ? copyOfArray(value, depth - 1) : strange;
}

function copyOfObject(object: Readonly<Record<string, unknown>>, depth: number): unknown {
  const copy: Record<string, unknown> = {};
  for (const key in object) {
    // What is inherited, or would be put in the place of what is, `__proto__` say.
    if (key in copy || !Object.hasOwn(object, key)) return strange;
    const one = plainCopy(object[key], depth);
    if (one === strange) return strange;
    copy[key] = one;
  }
  return copy;
}

function copyOfArray(array: readonly unknown[], depth: number): unknown {
  // Before it is walked: it may be long and have next to nothing in it, or have members that are no elements.
  if (Object.keys(array).length !== array.length) return strange;
  const copy: unknown[] = [];
  for (let n = 0; n < array.length; n++) {
    if (!Object.hasOwn(array, n)) return strange;
    const one = plainCopy(array[n], depth);
    if (one === strange) return strange;
    copy.push(one);
  }
  return copy;
}
