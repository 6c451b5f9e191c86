// The events that every contender stores: a web shop's orders, the same in every run because they grow from a seed.

const TYPES = ['OrderPlaced', 'ItemAdded', 'AddressChanged', 'OrderShipped'];
const FIRST_NAMES = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Alan', 'Radia', 'Donald', 'Frances'];
const LAST_NAMES = ['Lovelace', 'Hopper', 'Dijkstra', 'Liskov', 'Turing', 'Perlman', 'Knuth', 'Allen'];
const CITIES = ['Utrecht', 'Bergen', 'Graz', 'Porto', 'Aarhus', 'Ghent', 'Turku', 'Leipzig'];
const GOODS = ['Oak desk, 140 by 70 cm', 'Wool blanket, grey', 'Reading lamp, brass', 'Kettle, 1.7 litres', 'Notebook, A5, ruled'];

/**
 * What one round of a row stores, in the order in which it is to be stored. Streams are new in every round.
 *
 * @param {{ events: number, streams: number, adjacent?: number }} shape
 *   `adjacent`: how many events of one stream follow one another before the next stream's; 1 unless said
 * @param {number} round from 0
 * @returns {{ streamId: string, revision: number, event: { type: string, data: object } }[]}
 */
export function writesOf({ events, streams, adjacent = 1 }, round) {
  const next = generator(round + 1);
  return Array.from({ length: events }, (_, i) => {
    const group = Math.floor(i / adjacent);
    return {
      streamId: streamOf(round, group % streams),
      revision: Math.floor(group / streams) * adjacent + (i % adjacent) + 1,
      event: event(next),
    };
  });
}

/** The name of a round's stream, counted from 0. */
export const streamOf = (round, stream) => `order-${round}-${stream}`;

/** The event that grows from a seed. */
export const eventFrom = (seed) => event(generator(seed));

function event(next) {
  const pick = (list) => list[next(list.length)];
  const name = `${pick(FIRST_NAMES)} ${pick(LAST_NAMES)}`;
  const quantity = 1 + next(9);
  const cents = 495 + next(20_000);
  return {
    type: pick(TYPES),
    data: {
      orderId: hex(next),
      customer: { name, email: `${name.toLowerCase().replace(' ', '.')}@example.com`, city: pick(CITIES) },
      item: { sku: `SKU-${hex(next)}`, title: pick(GOODS), quantity, cents },
      total: { cents: quantity * cents, currency: 'EUR' },
      gift: next(4) === 0,
      note: next(3) === 0 ? 'Ring twice, quiet bell' : null,
    },
  };
}

const hex = (next) => next(2 ** 32).toString(16).padStart(8, '0');

/** A linear congruential generator modulo 2^32: `next(n)` is a whole number from 0 to n - 1. */
function generator(seed) {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
