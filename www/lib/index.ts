/**
 * annals: an event store for browsers. Importing this does nothing; {@link openStore} fetches and starts the engine.
 *
 * @module
 */
export { openStore, deleteStore } from './open-store.ts';
export * from './api.ts';
