import { describe } from './arguments.ts';
import { invalidArgument } from './errors.ts';

/** What is deeper is left to the platform. */
const MAX_DEPTH = 16;

const strange: unique symbol = Symbol('strange');

/**
 * A copy of what a caller has given. What most give, plain objects and arrays of plain values, is copied here, in a third of the platform's time.
 *
 * @throws {AnnalsError} `InvalidArgument`: it cannot be copied
 */
export function copyOf(argument: string, value: unknown): unknown {
  if (typeof value !== 'object') return value;
  try {
    const copy = plainCopy(value, MAX_DEPTH);
    return copy === strange ? structuredClone(value) : copy;
  } catch (error) {
    throw invalidArgument(argument, 'a value that can be copied', error instanceof Error ? error.message : describe(value));
  }
}

function plainCopy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'function' || typeof value === 'symbol' ? strange : value;
  if (depth === 0) return strange;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return copyOfObject(value as Readonly<Record<string, unknown>>, depth - 1);
  return prototype === Array.prototype && Array.isArray(value) ? copyOfArray(value, depth - 1) : strange;
}

function copyOfObject(object: Readonly<Record<string, unknown>>, depth: number): unknown {
  const copy: Record<string, unknown> = {};
  for (const key in object) {
    // Put like any other, it would be the prototype. What the platform leaves out, what is inherited, is left to it.
    if (key === '__proto__' || !Object.hasOwn(object, key)) return strange;
    const one = plainCopy(object[key], depth);
    if (one === strange) return strange;
    copy[key] = one;
  }
  return copy;
}

function copyOfArray(array: readonly unknown[], depth: number): unknown {
  const copy: unknown[] = [];
  for (const value of array) {
    const one = plainCopy(value, depth);
    if (one === strange) return strange;
    copy.push(one);
  }
  // Holes, and members that are no elements.
  return Object.keys(array).length === array.length ? copy : strange;
}
