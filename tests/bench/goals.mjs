// Whether annals reaches a row's goals.

import { ratioOfRounds } from './statistics.mjs';

/** @returns the goals of a measured row in words, each with what was found; '' if it has none or annals is not there */
export function goalsText(row, lanes) {
  const ours = lanes.filter(({ label }) => label.startsWith('annals'));
  if (ours.length === 0) return '';
  return (row.goals ?? []).map((goal) => `\n  goal: ${goalText(goal, ours, lanes)}`).join('');
}

function goalText(goal, all, lanes) {
  const ours = all.filter(({ label }) => goal.lane === undefined || label === goal.lane);
  const whose = goal.lane === undefined ? '' : `'${goal.lane}' `;
  const wanted = goal.timesCheaper === undefined
    ? `${whose}at most ${goal.timesTheCost} times the cost of '${goal.against}'`
    : `${whose}at least ${goal.timesCheaper} times cheaper than '${goal.against}'`;
  const base = lanes.find(({ label }) => label.startsWith(goal.against));
  if (base === undefined || ours.length === 0) return `${wanted}: not measured`;
  const found = ours.map((lane) => ({ label: lane.label, cost: ratioOfRounds(lane.times, base.times) }));
  const missed = found.filter(({ cost }) => !reaches(goal, cost));
  const figures = found.map(({ cost }) => inWords(goal, cost)).join(', ');
  return `${wanted}: ${missed.length === 0 ? 'reached' : `missed${excuse(goal, lanes, base)}`} (${figures})`;
}

const reaches = ({ timesCheaper, timesTheCost }, cost) => (timesCheaper === undefined ? cost <= timesTheCost : 1 / cost >= timesCheaper);

const inWords = ({ timesCheaper }, cost) => `${(timesCheaper === undefined ? cost : 1 / cost).toPrecision(3)}x`;

/** IndexedDB itself may be too slow for the goal. Of a single lane that is not said: it may not do what the limit does. */
function excuse(goal, lanes, base) {
  if (goal.lane !== undefined) return '';
  const limit = lanes.find(({ label }) => label.startsWith('limit'));
  return limit && limit !== base && !reaches(goal, ratioOfRounds(limit.times, base.times)) ? ' (by the limit too)' : '';
}
