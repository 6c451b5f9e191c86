// What annals is to reach beside its peers, and whether it does. A ratio says how many times as much a peer takes as annals.

import { median, ratioOfRounds } from '../statistics.mjs';

/** So close to one another two figures are called even: machines vary by as much. Figures whose ranges overlap vary more. */
const EVEN = 0.05;
const EVEN_WHERE_THEY_OVERLAP = 0.15;

export const annalsOf = (lanes) => lanes.find(({ label }) => label === 'annals');

/** Those that annals is compared with: not itself, not what no store can do, not what is shown beside. */
export function peersOf({ row, lanes }) {
  const about = (lane) => row.lanes.find(({ label }) => label === lane.label);
  return lanes.filter((lane) => !lane.label.startsWith('annals') && !about(lane).isLimit && !about(lane).isBeside);
}

/** Of rounds in which both took turns the median of each round's ratio; else that of the medians. */
export function ratioTo(lane, ours) {
  return lane.times.length === ours.times.length && !lane.isAlone ? ratioOfRounds(lane.times, ours.times) : median(lane.times) / median(ours.times);
}

const overlap = (some, others) => Math.min(...some) <= Math.max(...others) && Math.min(...others) <= Math.max(...some);

/** @returns the peers that take no more than annals, each with its ratio and whether they are even */
export function notBehind(result) {
  const ours = annalsOf(result.lanes);
  if (ours === undefined) return [];
  return peersOf(result)
    .map((lane) => ({ label: lane.label, ratio: ratioTo(lane, ours), even: overlap(lane.times, ours.times) ? EVEN_WHERE_THEY_OVERLAP : EVEN }))
    .filter(({ ratio, even }) => ratio < 1 + even)
    .map(({ label, ratio, even }) => ({ label, ratio, isEven: ratio >= 1 / (1 + even) }));
}

/** @returns each aim of a row that names a number: who has to take how many times as much, and what was found */
export function aimsOf(result) {
  return (result.row.goals ?? []).filter(({ timesCheaper }) => timesCheaper !== undefined).flatMap(({ lane = 'annals', against, timesCheaper }) => {
    const ours = result.lanes.find(({ label }) => label === lane);
    const others = peersOf(result).filter(({ label }) => against === undefined || label === against);
    if (ours === undefined) return [];
    return others.map((other) => {
      const ratio = ratioTo(other, ours);
      return { lane, against: other.label, wanted: timesCheaper, ratio, isReached: ratio >= timesCheaper };
    });
  });
}
