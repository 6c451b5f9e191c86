// annals itself, as it ships: /dist/index.js is loaded as it stands, never bundled again.

export async function open(name, durability) {
  const { openStore } = await import('/dist/index.js');
  const store = await openStore({ name, durability });

  return {
    append: (streamId, event, expectedRevision) => store.append(streamId, [event], { expectedRevision }),
    read: (after) => store.readAll({ after }).toArray(),
    close: () => store.close(),
  };
}
