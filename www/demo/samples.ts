/** A handful of events for a first impression. */

import type { NewEvent } from 'annals';
import { emailTag } from './users/user.ts';
import type { UserEvent } from './users/user.ts';

/** What one stream gets in one append. */
export interface Write {
  readonly streamId: string;
  readonly events: NewEvent[];
  readonly expectedRevision: 'any';
}

/** A day in a small shop. */
export function sampleWrites(): Write[] {
  return [
    write('user-1', [userCreated('1', 'Ada', 'ada@example.com'), { type: 'UserRenamed', data: { name: 'Ada Lovelace' } }]),
    write('user-2', [userCreated('2', 'Grace', 'grace@example.com')]),
    write('order-1', [
      { type: 'OrderPlaced', data: { customer: 'user-1', currency: 'GBP' }, tags: ['customer:user-1'] },
      { type: 'ItemAdded', data: { sku: 'LAMP-20', name: 'Desk lamp', quantity: 1, price: 49 }, tags: ['customer:user-1'] },
      { type: 'ItemAdded', data: { sku: 'BOOK-07', name: 'Notebook', quantity: 3, price: 6.5 }, tags: ['customer:user-1'] },
      { type: 'PaymentReceived', data: { amount: 68.5, method: 'card' }, tags: ['customer:user-1'] },
    ]),
    write('order-2', [{ type: 'OrderPlaced', data: { customer: 'user-2', currency: 'USD' }, tags: ['customer:user-2'] }]),
  ];
}

/** As the rules for users make it. */
function userCreated(id: string, name: string, email: string): NewEvent<UserEvent> {
  return { type: 'UserCreated', data: { id, name, email }, tags: [emailTag(email)] };
}

function write(streamId: string, events: NewEvent[]): Write {
  return { streamId, events, expectedRevision: 'any' };
}
