// Events: type and data stay paired, before and after they are stored.
import type { Event, Json, Metadata, NewEvent, RecordedEvent } from 'annals';
import type { Holds, Same } from './assert.ts';

type Opened = Event<'AccountOpened', { owner: string }>;
type Deposited = Event<'MoneyDeposited', { amount: number; note?: string }>;
type Frozen = Event<'AccountFrozen', null>;
type Noted = Event<'Noted', string | undefined>;
type Closed = Event<'AccountClosed', { reason: string } | null>;
type AccountEvent = Opened | Deposited | Frozen | Noted | Closed;

export const stored: NewEvent<AccountEvent>[] = [
  { type: 'AccountOpened', data: { owner: 'Ada' } },
  { type: 'MoneyDeposited', data: { amount: 1 }, version: 2, id: 'x', tags: ['a'], metadata: { userId: 'u', nested: { any: [1] } } },
  { type: 'MoneyDeposited', data: { amount: 1, note: 'n' }, tags: ['a'] as const },
  // Where data may be null or undefined, it may be left out.
  { type: 'AccountFrozen' },
  { type: 'AccountFrozen', data: null },
  { type: 'Noted' },
  { type: 'Noted', data: 'text' },
  { type: 'AccountClosed' },
  { type: 'AccountClosed', data: { reason: 'r' } },
];

// @ts-expect-error the data of another type
export const paired: NewEvent<AccountEvent> = { type: 'AccountOpened', data: { amount: 1 } };
// @ts-expect-error the type of no event
export const known: NewEvent<AccountEvent> = { type: 'AccountOpend', data: { owner: 'Ada' } };
// @ts-expect-error data is missing
export const complete: NewEvent<AccountEvent> = { type: 'AccountOpened' };
// @ts-expect-error data is missing for one type, though another may leave it out
export const oneOfTwo: NewEvent<Deposited | Frozen> = { type: 'MoneyDeposited' };
// @ts-expect-error a key too many in the data
export const exact: NewEvent<AccountEvent> = { type: 'AccountOpened', data: { owner: 'Ada', age: 1 } };
// @ts-expect-error null is no data where it was not named
export const notNull: NewEvent<Noted> = { type: 'Noted', data: null };
// @ts-expect-error a key that nobody knows
export const misspelt: NewEvent<AccountEvent> = { type: 'AccountFrozen', meta: {} };
// @ts-expect-error a type is a text
export const typed: NewEvent = { type: 7 };
// @ts-expect-error an event has a type
export const untyped: NewEvent = { data: 1 };
// @ts-expect-error tags are texts
export const tagged: NewEvent = { type: 'A', tags: [1] };
// @ts-expect-error metadata is an object
export const told: NewEvent = { type: 'A', metadata: 'x' };

// Without a type argument an event holds anything, and data may be left out.
export const anything: NewEvent[] = [{ type: 'A' }, { type: 'A', data: 1 }, { type: 'A', data: undefined }];

/** Of one event the union is one: an exhaustive switch narrows data with type. */
export function total(event: RecordedEvent<AccountEvent>): string | number | null | undefined {
  switch (event.type) {
    case 'AccountOpened':
      // @ts-expect-error narrowed to the data of this type
      event.data.amount;
      return event.data.owner;
    case 'MoneyDeposited':
      return event.data.amount;
    case 'AccountFrozen':
      return event.data;
    case 'Noted':
      return event.data;
    case 'AccountClosed':
      return event.data?.reason;
    default: {
      const never: never = event;
      return never;
    }
  }
}

/** What is stored is nobody's to change. */
export function change(event: RecordedEvent<AccountEvent>): void {
  // @ts-expect-error read-only
  event.position = 1;
  // @ts-expect-error read-only
  event.tags.push('x');
  // @ts-expect-error read-only
  event.metadata['x'] = 1;
}

export type Statements = [
  Holds<Same<RecordedEvent['data'], unknown>>,
  Holds<Same<RecordedEvent['type'], string>>,
  Holds<Same<RecordedEvent<Deposited>['data'], { amount: number; note?: string }>>,
  Holds<Same<RecordedEvent<AccountEvent>['type'], AccountEvent['type']>>,
  Holds<Same<RecordedEvent['position'], number>>,
  Holds<Same<RecordedEvent['recordedAt'], number>>,
  Holds<Same<RecordedEvent['tags'], readonly string[]>>,
  Holds<Same<RecordedEvent['metadata'], Metadata>>,
  Holds<Same<Metadata[string], unknown>>,
  Holds<Same<NewEvent<never>, never>>,
];

export const json: Json = { a: [1, 'x', null, true, { b: [] }] };
// @ts-expect-error a date is not JSON
export const date: Json = new Date(0);
// @ts-expect-error a function is not JSON
export const code: Json = { f: () => 1 };
