// Rows with few events, to see that all of them run.

const EVENTS = 100;

/** @returns the row with hardly anything to do */
export function smaller(row) {
  const { events, streams, adjacent } = row;
  if (row.kind === 'open') return { ...row, events: Math.min(events, 10_000), rounds: 1 };
  const few = Math.min(events ?? EVENTS, (streams ?? 1) > 1 ? 4 * EVENTS : EVENTS);
  const sized = { events: few, streams: streams > 1 ? Math.max(1, Math.round((streams * few) / events)) : streams, adjacent: adjacent && Math.min(adjacent, few) };
  const filled = row.filled && { events: EVENTS, streams: EVENTS };
  const lanes = row.lanes.map(({ events: _, streams: __, ...lane }) => lane);
  return { ...row, ...sized, lanes, filled, warm: 1, rounds: 1 };
}
