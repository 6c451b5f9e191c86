/** Freezes a value deeply, for as long as it goes on to what is not frozen yet. */
export function frozen<T>(value: T): T {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    // Views of memory cannot be frozen.
    if (typeof next !== 'object' || next === null || Object.isFrozen(next) || ArrayBuffer.isView(next)) continue;
    // One by one: there may be more of them than a call can take arguments.
    for (const value of Object.values(Object.freeze(next))) waiting.push(value);
  }
  return value;
}
