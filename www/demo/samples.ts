/** A handful of events for a first impression, and the words that a form holds at first. */

import type { NewEvent } from 'annals';

/** What one stream gets in one append. */
export interface Write {
  readonly streamId: string;
  readonly events: NewEvent[];
  readonly expectedRevision: 'any';
}

/** A day in a small shop. */
export function sampleWrites(): Write[] {
  return [
    write('user-1', [
      { type: 'UserRegistered', data: { name: 'Ada', email: 'ada@example.com' }, tags: ['country:uk'] },
      { type: 'EmailConfirmed', tags: ['country:uk'] },
    ]),
    write('user-2', [{ type: 'UserRegistered', data: { name: 'Grace', email: 'grace@example.com' }, tags: ['country:us'] }]),
    write('order-1', [
      { type: 'OrderPlaced', data: { customer: 'user-1', currency: 'GBP' }, tags: ['customer:user-1'] },
      { type: 'ItemAdded', data: { sku: 'LAMP-20', name: 'Desk lamp', quantity: 1, price: 49 }, tags: ['customer:user-1'] },
      { type: 'ItemAdded', data: { sku: 'BOOK-07', name: 'Notebook', quantity: 3, price: 6.5 }, tags: ['customer:user-1'] },
      { type: 'PaymentReceived', data: { amount: 68.5, method: 'card' }, tags: ['customer:user-1'] },
    ]),
    write('order-2', [{ type: 'OrderPlaced', data: { customer: 'user-2', currency: 'USD' }, tags: ['customer:user-2'] }]),
  ];
}

function write(streamId: string, events: NewEvent[]): Write {
  return { streamId, events, expectedRevision: 'any' };
}
