// Whether annals reaches a row's goals.

import { differenceOfRounds, median, ratioOfRounds } from './statistics.mjs';

/** The kinds of goals by their names: what is wanted, what is found of a lane, whether that is it, and how it reads. */
const KINDS = {
  timesCheaper: {
    wanted: ({ timesCheaper, against }) => `at least ${timesCheaper} times cheaper than '${against}'`,
    find: (times, base) => 1 / ratioOfRounds(times, base),
    isReached: (found, { timesCheaper }) => found >= timesCheaper,
    inWords: (found) => `${found.toPrecision(3)}x`,
  },
  timesTheCost: {
    wanted: ({ timesTheCost, against }) => `at most ${timesTheCost} times the cost of '${against}'`,
    find: ratioOfRounds,
    isReached: (found, { timesTheCost }) => found <= timesTheCost,
    inWords: (found) => `${found.toPrecision(3)}x`,
  },
  mostMicroseconds: {
    wanted: ({ mostMicroseconds }) => `at most ${mostMicroseconds} us`,
    find: median,
    isReached: (found, { mostMicroseconds }) => found <= mostMicroseconds,
    inWords: (found) => `${found.toPrecision(3)} us`,
  },
  mostMicrosecondsMore: {
    wanted: ({ mostMicrosecondsMore, against }) => `at most ${mostMicrosecondsMore} us more than '${against}'`,
    find: differenceOfRounds,
    isReached: (found, { mostMicrosecondsMore }) => found <= mostMicrosecondsMore,
    inWords: (found) => `${found.toPrecision(3)} us`,
  },
};

/** @returns the goals of a measured row in words, each with what was found; '' if it has none or annals is not there */
export function goalsText(row, lanes) {
  const ours = lanes.filter(({ label }) => label.startsWith('annals'));
  if (ours.length === 0) return '';
  return (row.goals ?? []).map((goal) => `\n  goal: ${goalText(goal, ours, lanes)}`).join('');
}

function goalText(goal, all, lanes) {
  const { wanted, find, isReached, inWords } = KINDS[Object.keys(KINDS).find((kind) => kind in goal)];
  const ours = all.filter(({ label }) => goal.lane === undefined || label === goal.lane);
  const whose = goal.lane === undefined ? '' : `'${goal.lane}' `;
  const base = goal.against === undefined ? undefined : lanes.find(({ label }) => label.startsWith(goal.against));
  const isMeasured = ours.length > 0 && (base !== undefined || goal.against === undefined);
  if (!isMeasured) return `${whose}${wanted(goal)}: not measured`;
  const found = ours.map(({ times }) => find(times, base?.times));
  const isEach = found.every((one) => isReached(one, goal));
  const judge = (lane) => isReached(find(lane.times, base?.times), goal);
  return `${whose}${wanted(goal)}: ${isEach ? 'reached' : `missed${excuse(goal, lanes, base, judge)}`} (${found.map(inWords).join(', ')})`;
}

/** IndexedDB itself may be too slow for the goal. Of a single lane that is not said: it may not do what the limit does. */
function excuse(goal, lanes, base, judge) {
  if (goal.lane !== undefined) return '';
  const limit = lanes.find(({ label }) => label.startsWith('limit'));
  return limit && limit !== base && !judge(limit) ? ' (by the limit too)' : '';
}
