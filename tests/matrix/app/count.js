// What every project of the matrix does with annals, whichever entry it takes: it counts, in a store that stays.

/** @typedef {Pick<typeof import('annals'), 'openStore' | 'defineProjection'>} Annals what the entry gives out, as far as it is used here */
/** @typedef {(seen: { read: number, live: number }) => void} Show is told what there is to be seen */

/** Live queries without a framework; those for frameworks are in the files of their names. */
const plainly = (view, told) => view.live().subscribe(told);

/**
 * Opens the store, appends, reads back, and shows that and the view, as it is from then on.
 * @param {Annals} annals
 * @param {Show} show
 * @param {{ storage?: 'memory', follow?: typeof plainly }} [options]
 */
export async function count({ openStore, defineProjection }, show, { storage, follow = plainly } = {}) {
  const counts = defineProjection({ name: 'counts', version: 1, on: { Counted: (row) => ({ count: (row?.count ?? 0) + 1 }) } });
  const store = await openStore({ name: 'matrix', projections: [counts], ...(storage && { storage }) });
  const append = () => store.append('counter', [{ type: 'Counted' }], { expectedRevision: 'any' });
  await append();
  const read = (await store.readStream('counter').toArray()).length;
  const view = store.view(counts);
  follow(view, ([row]) => show({ read, live: row?.count ?? 0 }));
  return { append, store, view };
}
