// The rules of an order, the same for all who are commanded: what is placed happens, as long as the order is not too long.

const TYPES = ['OrderPlaced', 'ItemAdded', 'AddressChanged', 'OrderShipped'];
const MOST = 1_000_000;

export const initialState = () => ({ count: 0, cents: 0 });

export function decide({ count }, { data: { type, data } }) {
  if (count >= MOST) throw new Error('the order is too long');
  return { type, data };
}

const step = ({ count, cents }, { data }) => ({ count: count + 1, cents: cents + data.total.cents });

export const evolve = Object.fromEntries(TYPES.map((type) => [type, step]));

/** The state that a history gives, or what follows on a state. */
export function fold(events, state = initialState()) {
  let folded = state;
  for (const event of events) folded = evolve[event.type](folded, event);
  return folded;
}

/** Streams are called `order-<id>`. */
export const NAME = 'order';
export const idOf = (streamId) => streamId.slice(NAME.length + 1);
