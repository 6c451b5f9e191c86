// Figures of a row, out of the times of its rounds.

/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {number[]} times microseconds per event, one for each round
 * @param {number[]} baseline the same of the baseline lane
 * @param {(cost: number, base: number) => number} ratio
 */
export function summary(times, baseline, ratio) {
  return {
    median: median(times),
    min: Math.min(...times),
    max: Math.max(...times),
    ratioOfRounds: median(times.map((time, round) => ratio(time, baseline[round]))),
    ratioOfMedians: ratio(median(times), median(baseline)),
  };
}
