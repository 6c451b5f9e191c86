// The rows about views: what folding them costs, and asking them. `rows.js` says what a row is. A lane's `views` are kept by its store; a row's
// `view` is the one that is read.

import { FIFTY_THOUSAND, IN_JAVASCRIPT, IN_RUST, TIMES_CHEAPER, TIMES_THE_COST } from './shapes.js';

const NO_PROJECTION = 'annals, no projection';
const THREE_PROJECTIONS = 'annals, three projections';

const PROJECTING = {
  kind: 'write',
  events: 1000,
  appends: 'at once',
  durabilities: ['strict'],
  rounds: 15,
  baseline: NO_PROJECTION,
  ratio: TIMES_THE_COST,
  goals: [{ lane: THREE_PROJECTIONS, against: NO_PROJECTION, timesTheCost: 2 }],
  lanes: [
    { label: NO_PROJECTION, opens: 'dispatching', expects: 'any' },
    { label: THREE_PROJECTIONS, opens: 'dispatching', expects: 'any', views: ['summaries', 'items', 'cities'] },
  ],
};

export const ROWS_OF_VIEWS = [
  {
    ...PROJECTING,
    name: 'projecting-many',
    title: '1,000 commands at once, each to an aggregate of its own, while projections follow',
    streams: 1000,
    isOrdered: false,
  },
  {
    ...PROJECTING,
    name: 'projecting-one',
    title: '1,000 commands at once, all to one aggregate, while projections follow',
    streams: 1,
  },
  {
    kind: 'read',
    name: 'rebuild',
    title: 'a view of 1,000 rows folded from 50,000 events, from opening the database to the rows',
    ...FIFTY_THOUSAND,
    reads: 'rows',
    view: 'summaries',
    fromOpening: true,
    anew: true,
    durabilities: ['strict'],
    warm: 3,
    rounds: 9,
    baseline: 'by hand',
    ratio: TIMES_CHEAPER,
    goals: [
      { lane: IN_JAVASCRIPT, against: 'by hand', timesCheaper: 3 },
      { lane: IN_JAVASCRIPT, against: 'limit', timesTheCost: 1.5 },
      { lane: IN_RUST, against: 'by hand', timesCheaper: 6 },
    ],
    lanes: [
      { label: 'by hand', opens: 'handwritten' },
      { label: IN_JAVASCRIPT, opens: 'annals', views: ['summaries'] },
      { label: IN_RUST, opens: 'rust', fills: 'annals', views: ['summaries'] },
      { label: 'limit', opens: 'limit' },
    ],
  },
];
