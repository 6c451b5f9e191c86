// Words that a reader may come with, and the place that has the answer without saying them.

/** @type {readonly { words: string, place: string }[]} */
export const SYNONYMS = [
  { words: 'deploy deployment release rollout', place: 'guides/versioning.html#deploying-it' },
  { words: 'migration migrate schema evolution change field rename field breaking change upcaster', place: 'guides/versioning.html' },
  { words: 'GDPR delete erase remove forget personal data privacy crypto shredding', place: 'guides/security.html#erasing' },
  { words: 'HMR hot reload hot module replacement fast refresh dev server', place: 'guides/frameworks.html#hot-reload' },
  { words: 'SSR server rendering Next Nuxt Remix hydration provider context StrictMode', place: 'guides/frameworks.html#where-the-store-lives' },
  { words: 'saga process manager policy reactor reaction workflow side effect', place: 'guides/modelling.html#rules-between-things' },
  { words: 'backup restore download save copy dump export import', place: 'guides/backup.html' },
  { words: 'offline local first', place: 'index.html#who-it-is-for' },
  { words: 'sync synchronize synchronise replication server devices', place: 'index.html#not-for-you-if' },
  { words: 'unique constraint uniqueness duplicate mail condition', place: 'guides/aggregates.html#what-belongs-to-one-only' },
  { words: 'read model query side materialized projection', place: 'guides/views.html' },
  { words: 'reducer apply state write model dispatch command', place: 'guides/aggregates.html' },
  { words: 'optimistic concurrency locking', place: 'guides/aggregates.html#order-and-conflicts' },
  { words: 'idempotency idempotent retry twice', place: 'guides/aggregates.html#commands-that-are-sent-twice' },
  { words: 'persist eviction', place: 'guides/storage.html#asking-the-browser-to-keep-it' },
  { words: 'merge compaction vacuum', place: 'guides/care.html#merging' },
  { words: 'quota full disk size space eviction', place: 'guides/storage.html#how-much-a-site-may-store' },
];
