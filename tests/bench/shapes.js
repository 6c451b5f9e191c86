// What rows have in common.

export const TIMES_THE_COST = 'times the baseline';
export const TIMES_CHEAPER = 'times cheaper than the baseline';

/** What the rows read that are about 50,000 events: a thousand streams of fifty, the streams taking turns. */
export const FIFTY_THOUSAND = { events: 50_000, streams: 1000 };

/** What makes 100,000 rows: a row for each event, appended a thousand at a time. */
export const HUNDRED_THOUSAND = { events: 100_000, streams: 100, adjacent: 1000 };

export const IN_JAVASCRIPT = 'annals, in JavaScript';
export const IN_RUST = 'annals, in Rust';
