// Figures of a row, out of the times of its rounds.

/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @returns the median of the values with the least and the greatest */
export const spread = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) });

/** The median of each round's own ratio: noise that hits a whole round is not in it. */
export const ratioOfRounds = (times, base) => median(times.map((time, round) => time / base[round]));

/** The same of what each round takes more. */
export const differenceOfRounds = (times, base) => median(times.map((time, round) => time - base[round]));

/**
 * @param {number[]} times microseconds, one for each round
 * @param {number[]} baseline the same of the baseline lane
 * @param {(cost: number, base: number) => number} ratio
 */
export function summary(times, baseline, ratio) {
  return {
    ...spread(times),
    ratioOfRounds: median(times.map((time, round) => ratio(time, baseline[round]))),
    ratioOfMedians: ratio(median(times), median(baseline)),
  };
}
