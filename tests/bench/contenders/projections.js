// The projections of the rows of views, the same rules for all who fold: annals is given them as they are, the others fold with `foldInto`.

const TYPES = ['OrderPlaced', 'ItemAdded', 'AddressChanged', 'OrderShipped'];

/** The same is done with every type of event. */
const always = (handler) => Object.fromEntries(TYPES.map((type) => [type, handler]));

/** One row for each order. */
const summaries = {
  name: 'summaries',
  indexes: ['cents'],
  on: always((row, { type, data }) => ({
    count: (row?.count ?? 0) + 1,
    cents: (row?.cents ?? 0) + data.total.cents,
    city: data.customer.city,
    last: type,
  })),
};

/** One row for each event. */
const items = {
  name: 'items',
  key: ({ streamId, revision }) => `${streamId}/${revision}`,
  indexes: ['cents', 'city'],
  on: always((_, { streamId, revision, data }) => ({
    id: `${streamId}/${revision}`,
    customer: data.customer.name,
    email: data.customer.email,
    city: data.customer.city,
    title: data.item.title,
    quantity: data.item.quantity,
    cents: data.total.cents,
  })),
};

/** One row for each of a few cities. */
const cities = {
  name: 'cities',
  key: ({ data }) => data.customer.city,
  on: always((row, { data }) => ({ items: (row?.items ?? 0) + data.item.quantity, cents: (row?.cents ?? 0) + data.total.cents })),
};

export const rules = { summaries, items, cities };

/** Defines projections for annals, under their names. */
export async function defineProjections(names = []) {
  const { defineProjection } = await import('/dist/index.js');
  return Object.fromEntries(names.map((name) => [name, defineProjection({ ...rules[name], version: 1 })]));
}

/** Folds events into a Map of rows, which is the answer. */
export function foldInto(rows, name, events) {
  const { key = ({ streamId }) => streamId, on } = rules[name];
  for (const event of events) {
    const rowKey = key(event);
    rows.set(rowKey, on[event.type](rows.get(rowKey), event));
  }
  return rows;
}

/** The rows of a Map in the order in which a view finds them: that of the keys, which are ASCII. */
export const rowsInOrder = (rows) => [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
