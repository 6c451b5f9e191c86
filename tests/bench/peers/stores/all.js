// The peers by the name under which a lane opens them. Each is a script of its own, loaded when it is first opened, as an application would load it.

const ALL = ['by-hand', 'dexie', 'sqlite', 'pouchdb', 'livestore', 'emmett', 'least'];

export const peers = Object.fromEntries(ALL.map((name) => [name, { open: async (...args) => (await import(`/peers/${name}.js`)).open(...args) }]));
