// What LiveStore is told of orders: their events, and the tables that are made of them. Used by the page and by the leader in its worker.
//
// - One event definition for each type. The payload is `Schema.Any`: a struct would be decoded and checked member by member, which the others do not do.
// - An order's row is kept up by one statement of SQL, which its documentation allows beside the query builder, as the builder cannot add to what is there.

import { Events, Schema, State, makeSchema } from '@livestore/livestore';

const TYPES = ['OrderPlaced', 'ItemAdded', 'AddressChanged', 'OrderShipped'];

const { integer, text, real } = State.SQLite;

export const tables = {
  orders: State.SQLite.table({
    name: 'orders',
    columns: {
      id: text({ primaryKey: true }),
      count: integer(),
      cents: integer(),
      city: text(),
      last: text(),
      sent: real({ nullable: true }),
    },
  }),
  items: State.SQLite.table({
    name: 'items',
    columns: {
      id: text({ primaryKey: true }),
      customer: text(),
      email: text(),
      city: text(),
      title: text(),
      quantity: integer(),
      cents: integer(),
    },
    indexes: [{ name: 'items_by_cents', columns: ['cents'] }],
  }),
};

const Happened = Schema.Struct({ id: Schema.String, streamId: Schema.String, revision: Schema.Number, data: Schema.Any });

export const events = {
  ...Object.fromEntries(TYPES.map((type) => [type, Events.synced({ name: `v1.${type}`, schema: Happened })])),
  rowsAdded: Events.synced({ name: 'v1.RowsAdded', schema: Schema.Struct({ rows: Schema.String }) }),
};

const KEEP_UP = `INSERT INTO orders (id, count, cents, city, last, sent) VALUES ($id, 1, $cents, $city, $last, $sent)
  ON CONFLICT (id) DO UPDATE SET count = count + 1, cents = cents + excluded.cents, city = excluded.city, last = excluded.last, sent = excluded.sent`;

const ADD_ROWS = `INSERT INTO items (id, customer, email, city, title, quantity, cents)
  SELECT value->>'id', value->>'customer', value->>'email', value->>'city', value->>'title', value->>'quantity', value->>'cents' FROM json_each($rows)`;

const materializers = State.SQLite.materializers(events, {
  ...Object.fromEntries(TYPES.map((type) => [`v1.${type}`, ({ streamId, data }) => ({
    sql: KEEP_UP,
    bindValues: { id: streamId, cents: data.total.cents, city: data.customer.city, last: type, sent: data.sent ?? null },
    writeTables: new Set(['orders']),
  })])),
  'v1.RowsAdded': ({ rows }) => ({ sql: ADD_ROWS, bindValues: { rows }, writeTables: new Set(['items']) }),
});

export const schema = makeSchema({ events, state: State.SQLite.makeState({ tables, materializers }) });
