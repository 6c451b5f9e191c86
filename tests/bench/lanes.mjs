// What all rows do with their lanes.

/** Rows that read the same events name the `log` that they share, lanes the `store`. */
export const storeName = (row, lane, durability) => `bench ${lane.log ?? row.log ?? row.name} ${durability} ${lane.store ?? lane.label}`;

/** Says in an error whose it is. */
export async function named(lane, outcome) {
  try {
    return await outcome;
  } catch (cause) {
    throw new Error(`${lane.label}: ${cause.message}`, { cause });
  }
}

/** @throws when there is no answer within so many milliseconds */
export async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
