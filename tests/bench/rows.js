// The rows of the table: what is stored, how, and by whom. Used by the page and by Node.
//
// A row's lanes run in turn within each round. `opens` names the contender, `expects` what it is told to expect: 'exact' is
// each stream's true revision before the append. `ratio` says how a lane is set against the row's baseline lane.

const TIMES_THE_COST = 'times the baseline';
const TIMES_CHEAPER = 'times cheaper than the baseline';

export const ROWS = [
  {
    name: 'single',
    title: 'single appends, each awaited before the next is made, on one stream',
    events: 100,
    streams: 1,
    atOnce: false,
    baseline: 'bare add',
    ratio: TIMES_THE_COST,
    lanes: [
      { label: 'bare add', opens: 'bare', expects: 'exact' },
      { label: 'annals', opens: 'annals', expects: 'exact' },
      { label: 'by hand', opens: 'handwritten', expects: 'exact' },
    ],
  },
  {
    name: 'streams',
    title: '1,000 appends at once, each to a stream of its own',
    events: 1000,
    streams: 1000,
    atOnce: true,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goal: 100,
    lanes: [
      { label: 'by hand', opens: 'handwritten', expects: 'exact' },
      { label: 'annals', opens: 'annals', expects: 'exact' },
      { label: 'limit', opens: 'limit', expects: 'any' },
    ],
  },
  {
    name: 'one-stream',
    title: '1,000 appends at once, all to one stream',
    events: 1000,
    streams: 1,
    atOnce: true,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goal: 100,
    lanes: [
      { label: 'by hand', opens: 'handwritten', expects: 'exact' },
      { label: "annals, 'any'", opens: 'annals', expects: 'any' },
      { label: 'annals, exact revisions', opens: 'annals', expects: 'exact' },
      { label: 'limit', opens: 'limit', expects: 'any' },
    ],
  },
];

export const DURABILITIES = ['strict', 'relaxed'];

export const showsCost = (row) => row.ratio === TIMES_THE_COST;
