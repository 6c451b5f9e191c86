// annals itself, as it ships: /dist/index.js is loaded as it stands, never bundled again.

import { defineProjections } from './projections.js';

/** With the `views` that a lane names, if it does. */
export async function open(name, durability, { views, untilMerged } = {}) {
  const { openStore } = await import('/dist/index.js');
  const projections = await defineProjections(views);
  let folded = 0;
  const onProgress = ({ phase, done }) => void (folded = phase === 'catchUp' ? Math.max(folded, done) : folded);
  const store = await openStore({ name, durability, projections: Object.values(projections), onProgress });
  const view = (name) => store.view(projections[name]);

  return {
    append: (streamId, event, expectedRevision) => store.append(streamId, [event], { expectedRevision }),
    appendGroup: (streamId, events, expectedRevision) => store.append(streamId, events, { expectedRevision }),
    /** All batches at once: they share commits. A batch for one stream is an `append`, another an `appendMany`. */
    async bulk(_, batches) {
      await Promise.all(batches.map((batch) => (
        batch.length === 1
          ? store.append(batch[0].streamId, batch[0].events, { expectedRevision: batch[0].expectedRevision })
          : store.appendMany(batch)
      )));
      if (untilMerged) await store.merge();
    },

    read: (after) => store.readAll({ after }).toArray(),
    readStream: (streamId) => store.readStream(streamId).toArray(),
    /** All events, page by page. */
    readAlong: () => store.readAll(),
    readAt: async (position) => (await store.readAll({ after: position - 1, limit: 1 }).toArray())[0],
    event: (id) => store.event(id),
    streamRevision: (streamId) => store.streamRevision(streamId),
    head: async () => store.head,
    count: async () => store.head,
    view,
    /** Folds all events anew. The answer gives all rows. */
    async fold(name) {
      await view(name).rebuild();
      return () => view(name).find();
    },
    find: (name, query) => view(name).find(query),
    getter(name) {
      const rows = view(name);
      return (key) => rows.get(key);
    },
    /** How many events opening has folded into views. */
    folded: () => folded,

    /** Tells a listener of a row of the lane's view, each time it changes. */
    watch: (key, listener) => void view(views[0]).subscribe(() => listener(view(views[0]).get(key))),
    appendWatched: (streamId, event, revision) => store.append(streamId, [event], { expectedRevision: revision }),
    /** Tells of what any tab stores. */
    hear: (listener) => void store.subscribe({ after: 'head' }, listener),

    /** Resolves when nothing is left to merge; undefined if this build cannot merge. */
    merge: store.merge === undefined ? undefined : () => store.merge(),
    diagnostics: () => store.diagnostics(),
    close: () => store.close(),
  };
}
