// A bank, as the tests of views and of the bus need one: accounts, and a view of their balances.
import { defineProjection, openStore } from '../../dist/index.js';
import { ANY } from './helpers.mjs';

/** @param {object} changes what is other than usual */
export const balances = (changes = {}) =>
  defineProjection({
    name: 'balances',
    version: 1,
    indexes: ['owner', 'balance'],
    on: {
      Opened: (_, { data }) => ({ owner: data.owner, balance: 0 }),
      Paid: (row, { data }) => ({ ...row, balance: row.balance + data.amount }),
      Noted: (row) => row,
      Closed: () => null,
    },
    ...changes,
  });

export const opened = (owner) => ({ type: 'Opened', data: { owner } });
export const paid = (amount) => ({ type: 'Paid', data: { amount } });

/** A store in memory with projections, closed after the test. */
export async function bank(t, projections, options = {}) {
  const store = await openStore({ name: t.name, storage: 'memory', projections, ...options });
  t.after(() => store.close());
  return store;
}

export const append = (store, streamId, ...events) => store.append(streamId, events, ANY);
