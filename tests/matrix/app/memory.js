// In Node, which has no IndexedDB: a store in memory.
import { defineProjection, openStore } from 'annals';
import { count } from './count.js';

const seen = [];
const { append, store } = await count({ defineProjection, openStore }, ({ read, live }) => seen.push(`read ${read}, live ${live}`), { storage: 'memory' });
await append();
await store.close();
console.log(seen.join('; '));
