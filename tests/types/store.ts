// The store's calls: what they ask for, and what they answer with.
import { deleteStore, openStore } from 'annals';
import type {
  AppendResult,
  Diagnostics,
  Event,
  EventReader,
  ExportOptions,
  Finding,
  ImportReport,
  ImportSource,
  Lost,
  LostEvents,
  MergeOptions,
  MergeReport,
  NewEvent,
  Progress,
  Query,
  RecordedEvent,
  RepairReport,
  Store,
  StoreOptions,
  StreamWrite,
  Subscription,
  Verification,
} from 'annals';
import type { Holds, Same } from './assert.ts';

type Opened = Event<'AccountOpened', { owner: string }>;
type Deposited = Event<'MoneyDeposited', { amount: number }>;
type AccountEvent = Opened | Deposited;

declare const store: Store;
declare const signal: AbortSignal;
const events: NewEvent<AccountEvent>[] = [{ type: 'MoneyDeposited', data: { amount: 1 } }];
const query: Query = { items: [{ types: ['A'], tags: ['t'], streams: ['s'], categories: ['c'] }, {}] };

export async function open(): Promise<void> {
  const opened: Store = await openStore({ name: 'x' });
  await openStore({ name: 'x', storage: 'memory', durability: 'relaxed', expect: { storeId: 'x', head: 1 }, repair: true, onProgress: ({ done, total }) => void (done / total), signal });
  // @ts-expect-error a store has a name
  await openStore({});
  // @ts-expect-error a key that nobody knows
  await openStore({ name: 'x', storge: 'memory' });
  // @ts-expect-error no such storage
  await openStore({ name: 'x', storage: 'disk' });
  // @ts-expect-error a witness names a head
  await openStore({ name: 'x', expect: { storeId: 'x' } });
  // @ts-expect-error whether to repair is a yes or a no
  await openStore({ name: 'x', repair: 'yes' });
  // @ts-expect-error a name is a text
  await deleteStore(7);
  await opened.close();
  const nothing: void = await deleteStore('x');
  return nothing;
}

export async function append(): Promise<void> {
  await store.append('s', events, { expectedRevision: 'any' });
  await store.append('s', [{ type: 'A' }] as const, { expectedRevision: 3, condition: { failIfEventsMatch: query, after: 1 }, signal });
  // @ts-expect-error the expected revision is said aloud
  await store.append('s', events);
  // @ts-expect-error the expected revision is said aloud
  await store.append('s', events, {});
  // @ts-expect-error no such word
  await store.append('s', events, { expectedRevision: 'none' });
  // @ts-expect-error a bigint is no revision
  await store.append('s', events, { expectedRevision: 1n });
  // @ts-expect-error a key that nobody knows
  await store.append('s', events, { expectedRevision: 'any', expectedVersion: 1 });
  // @ts-expect-error events are a list
  await store.append('s', { type: 'A' }, { expectedRevision: 'any' });
  // @ts-expect-error a key of an item that nobody knows
  await store.append('s', events, { expectedRevision: 'any', condition: { failIfEventsMatch: { items: [{ type: ['A'] }] } } });
  // @ts-expect-error a condition names a query
  await store.append('s', events, { expectedRevision: 'any', condition: { after: 1 } });
}

export async function appendOfAUnion(): Promise<void> {
  await store.append<AccountEvent>('s', [{ type: 'AccountOpened', data: { owner: 'Ada' } }, { type: 'MoneyDeposited', data: { amount: 1 } }], { expectedRevision: 'any' });
  // @ts-expect-error the data of another type
  await store.append<AccountEvent>('s', [{ type: 'AccountOpened', data: { amount: 1 } }], { expectedRevision: 'any' });
  // @ts-expect-error the type of no event of the union
  await store.append<AccountEvent>('s', [{ type: 'AccountClosed' }], { expectedRevision: 'any' });
  const found = await store.event<AccountEvent>('id');
  if (found?.type === 'AccountOpened') found.data.owner.trim();
  // @ts-expect-error there may be none
  found.position;
}

export async function appendMany(): Promise<void> {
  const writes: StreamWrite[] = [{ streamId: 's', events, expectedRevision: 'any' }, { streamId: 't', events: [], expectedRevision: 'exists' }];
  const { position, revisions, duplicate } = await store.appendMany(writes);
  await store.appendMany(writes, { condition: { failIfEventsMatch: query }, signal });
  const revision: number | undefined = revisions['s'];
  const both: [number, boolean, number | undefined] = [position, duplicate, revision];
  void both;
  // @ts-expect-error the expected revision is said of every write
  await store.appendMany([{ streamId: 's', events }]);
  // @ts-expect-error a key that nobody knows
  await store.appendMany([{ streamId: 's', events, expectedRevision: 'any', condition: { failIfEventsMatch: query } }]);
  // @ts-expect-error the expected revision is said of each write
  await store.appendMany(writes, { expectedRevision: 'any' });
}

export async function read(): Promise<void> {
  const owners: string[] = [];
  for await (const event of store.readStream<AccountEvent>('s', { from: 1, to: 2, direction: 'backward', limit: 3, signal })) {
    if (event.type === 'AccountOpened') owners.push(event.data.owner);
    // @ts-expect-error narrowed to the other one
    else event.data.owner;
  }
  for await (const { data } of store.readAll()) {
    // @ts-expect-error unknown until it is looked at
    data.owner;
  }
  await store.readAll({ after: 1, until: 2, time: { from: 1, until: 2 }, query, direction: 'forward', limit: 1, signal }).toArray();
  // @ts-expect-error no such direction
  store.readAll({ direction: 'backwards' });
  // @ts-expect-error a key of the other reading
  store.readAll({ from: 1 });
  // @ts-expect-error a key of the other reading
  store.readStream('s', { after: 1 });
  // @ts-expect-error a query is an object of items
  store.readAll({ query: [{ types: ['A'] }] });
  // @ts-expect-error a stream is named
  store.readStream({ from: 1 });
  // @ts-expect-error a reader's head is what it is
  store.readAll().head = 1;
  await store.streams({ prefix: 'a', after: 'b', limit: 1 });
  // @ts-expect-error a key that nobody knows
  await store.streams({ category: 'a' });
}

export function follow(): void {
  const one: Subscription = store.subscribe<AccountEvent>({ after: 'head', query }, (event) => (event.type === 'AccountOpened' ? event.data.owner : event.data.amount), { signal });
  store.subscribe({}, async ({ position }) => void position);
  store.subscribe({ after: one.position }, () => {});
  // @ts-expect-error no such place
  store.subscribe({ after: 'tail' }, () => {});
  // @ts-expect-error a handler is a function
  store.subscribe({}, {});
  // @ts-expect-error a key that nobody knows
  store.subscribe({ from: 1 }, () => {});
  // @ts-expect-error a key that nobody knows
  store.subscribe({}, () => {}, { abort: signal });
}

export function notices(): void {
  const leave: () => void = store.on('lost', (details) => {
    const { reason }: Lost = details;
    // @ts-expect-error no such reason
    if (reason === 'gone') leave();
  });
  store.on('failed', ({ error }) => void error);
  // @ts-expect-error no such notice
  store.on('closed', () => {});
  // @ts-expect-error this notice tells nothing of that
  store.on('blocked', ({ reason }) => reason);
}

export async function dispose(): Promise<void> {
  const disposable: AsyncDisposable = store;
  await disposable[Symbol.asyncDispose]();
}

/** What the browser says may be absent, and nothing that is stored may be changed. */
export async function figures(): Promise<void> {
  const { events, quota }: Diagnostics = await store.diagnostics();
  // @ts-expect-error absent where the browser does not say
  quota.toFixed();
  const { findings }: Verification = await store.verify({ signal, onProgress: ({ phase }) => phase });
  // @ts-expect-error read-only
  findings.push(events);
  for (const { kind, position, last } of findings) if (kind === 'lost') void (last - position);
  // @ts-expect-error read-only
  store.head = 1;
}

export async function backup(source: ReadableStream<Uint8Array>, text: ReadableStream<string>): Promise<void> {
  const options: ExportOptions = { after: 1, query: { items: [{}] }, signal, onProgress: ({ phase, done, total }) => void [phase, done / total] };
  const stream: ReadableStream<Uint8Array> = store.export(options);
  store.export({ as: 'current' });
  // @ts-expect-error no such form
  store.export({ as: 'upcast' });
  const { lines, stored, duplicates, restored, head }: ImportReport = await store.import(stream, { signal, onProgress: undefined });
  void [lines + stored + duplicates + head, restored ? 1 : 0];
  const sources: ImportSource[] = [source, text, new Blob([])];
  for (const one of sources) await store.import(one);
  // @ts-expect-error a text is no stream
  await store.import('{}');
  // @ts-expect-error bytes are no stream
  await store.import(new Uint8Array(1));
}

export async function merge(): Promise<void> {
  const options: MergeOptions = { signal, onProgress: ({ phase, done, total }) => void [phase, done / total] };
  const { steps, events, bytesRead, bytesWritten, longestStepMs }: MergeReport = await store.merge(options);
  const report: MergeReport = await store.merge();
  void [steps + events + bytesRead + bytesWritten + longestStepMs, report];
  await store.merge({ signal: undefined });
  // @ts-expect-error a key that nobody knows
  await store.merge({ abort: signal });
  // @ts-expect-error a listener is a function
  await store.merge({ onProgress: 'yes' });
  // @ts-expect-error read-only
  report.steps = 1;
}

export async function repair(): Promise<void> {
  const { lost, setAside, rebuilt }: RepairReport = await store.repair();
  const [one]: readonly LostEvents[] = lost;
  if (rebuilt && one !== undefined) void [one.last - one.first + setAside, one.streams.join(), one.detail.trim()];
  // @ts-expect-error absent unless opening was asked to repair
  store.repaired.lost;
  // @ts-expect-error it takes nothing
  await store.repair({ signal });
  // @ts-expect-error read-only
  lost.push(one);
  // @ts-expect-error read-only
  store.repaired = undefined;
}

export type Statements = [
  Holds<Same<ReturnType<Store['merge']>, Promise<MergeReport>>>,
  Holds<Same<ReturnType<Store['repair']>, Promise<RepairReport>>>,
  Holds<Same<Store['repaired'], RepairReport | undefined>>,
  Holds<Same<Finding['kind'], 'damaged' | 'missing' | 'inconsistent' | 'lost'>>,
  Holds<Same<Finding['last'], number>>,
  Holds<Same<Progress['phase'], 'open' | 'catchUp' | 'rebuild' | 'verify' | 'merge' | 'export' | 'import'>>,
  Holds<Same<Diagnostics['bytesMerged'] | Diagnostics['bytesOfMemory'], number>>,
  Holds<Same<StoreOptions['repair'], boolean | undefined>>,
  Holds<Same<ReturnType<Store['append']>, Promise<AppendResult>>>,
  Holds<Same<ReturnType<typeof store.readAll<AccountEvent>>, EventReader<AccountEvent>>>,
  Holds<Same<Awaited<ReturnType<EventReader<AccountEvent>['toArray']>>, RecordedEvent<AccountEvent>[]>>,
  Holds<Same<Awaited<ReturnType<Store['event']>>, RecordedEvent | undefined>>,
  Holds<Same<Awaited<ReturnType<Store['streams']>>, string[]>>,
  Holds<Same<Store['status'], 'open' | 'closed' | 'lost' | 'needsReload' | 'failed'>>,
  Holds<Same<Awaited<Subscription['closed']>, unknown>>,
  Holds<Same<StoreOptions['storage'], 'indexeddb' | 'memory' | undefined>>,
];
