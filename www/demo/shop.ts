/** A made-up shop that never closes: the events that the import stores. */

import type { NewEvent } from 'annals';
import type { Write } from './samples.ts';

interface Order {
  readonly streamId: string;
  readonly customer: string;
  readonly tags: readonly string[];
  total: number;
  step: number;
}

const names = ['Ada', 'Grace', 'Katherine', 'Edsger', 'Barbara', 'Alan', 'Radia', 'Ken', 'Frances', 'Niklaus', 'Hedy', 'Donald'];
const surnames = ['Lovelace', 'Hopper', 'Johnson', 'Dijkstra', 'Liskov', 'Turing', 'Perlman', 'Allen', 'Wirth', 'Lamarr'];
const cities = ['London', 'Lisbon', 'Leipzig', 'Lyon', 'Lund', 'Ljubljana', 'Lucca', 'Limerick'];
const countries = ['uk', 'pt', 'de', 'fr', 'se', 'si', 'it', 'ie'];
const goods = ['Desk lamp, oak', 'Notebook, dotted', 'Fountain pen', 'Reading chair', 'Wall clock', 'Linen curtain', 'Tea pot, 1 l', 'Bookend, brass'];
const carriers = ['Bluebird', 'Overland', 'Parcel & Sons', 'Night Rail'];
const couriersNote = 'Please leave it with the neighbours when nobody is in';

/** Invents events, the same ones for the same seed; streams are numbered from `first`. */
export class Shop {
  readonly #random: () => number;
  readonly #openOrders: Order[] = [];
  readonly #accounts: { streamId: string; country: string; steps: number }[] = [];
  #nextAccount: number;
  #nextOrder: number;

  constructor(first: number) {
    this.#random = randomNumbers(first + 1);
    this.#nextAccount = first + 1;
    this.#nextOrder = first + 1;
  }

  /** The next events of the shop, gathered by stream as one append wants them. */
  writes(count: number): Write[] {
    const byStream = new Map<string, NewEvent[]>();
    for (let made = 0; made < count; made += 1) {
      const [streamId, event] = this.#next();
      const events = byStream.get(streamId);
      if (events === undefined) byStream.set(streamId, [event]);
      else events.push(event);
    }
    return Array.from(byStream, ([streamId, events]) => ({ streamId, events, expectedRevision: 'any' }));
  }

  #next(): [string, NewEvent] {
    const chance = this.#random();
    if (this.#accounts.length === 0 || chance < 0.025) return this.#openAccount();
    if (chance < 0.4) return this.#visit();
    if (this.#openOrders.length === 0 || chance < 0.48) return this.#placeOrder();
    return this.#continueOrder();
  }

  #openAccount(): [string, NewEvent] {
    const number = this.#nextAccount++;
    const place = this.#below(cities.length);
    const account = { streamId: `account-${number}`, country: countries[place] ?? 'uk', steps: 0 };
    this.#accounts.push(account);
    const name = `${this.#pick(names)} ${this.#pick(surnames)}`;
    const email = `${name.toLowerCase().replace(' ', '.')}.${number}@example.com`;
    const address = { street: `${1 + this.#below(180)} Mill Lane`, city: cities[place] ?? 'London' };
    return [account.streamId, { type: 'AccountOpened', data: { name, email, address, newsletter: chanceOf(this.#random, 0.4) }, tags: [`country:${account.country}`] }];
  }

  #visit(): [string, NewEvent] {
    const account = this.#pick(this.#accounts);
    const tags = [`country:${account.country}`];
    account.steps += 1;
    if (account.steps === 1) {
      return [account.streamId, { type: 'EmailConfirmed', data: { after: `${1 + this.#below(90)} minutes`, link: this.#code(24), client: 'mail', attempts: 1 }, tags }];
    }
    if (account.steps % 9 === 0) {
      const address = { street: `${1 + this.#below(180)} Station Road`, city: this.#pick(cities), floor: this.#below(6) };
      return [account.streamId, { type: 'AddressChanged', data: { address, reason: 'moved', note: couriersNote }, tags }];
    }
    const device = { kind: this.#pick(['phone', 'tablet', 'laptop']), language: this.#pick(['en', 'pt', 'de', 'fr', 'sv']) };
    return [account.streamId, { type: 'SignedIn', data: { device, session: this.#code(16), remembered: chanceOf(this.#random, 0.7), from: '192.0.2.' + this.#below(256) }, tags }];
  }

  #placeOrder(): [string, NewEvent] {
    const customer = this.#pick(this.#accounts).streamId;
    const order: Order = { streamId: `order-${this.#nextOrder++}`, customer, tags: [`customer:${customer}`], total: 0, step: 0 };
    this.#openOrders.push(order);
    return [order.streamId, { type: 'OrderPlaced', data: { customer, currency: 'EUR', channel: this.#pick(['web', 'shop', 'phone']), note: couriersNote }, tags: order.tags }];
  }

  #continueOrder(): [string, NewEvent] {
    const index = this.#below(this.#openOrders.length);
    const order = this.#openOrders[index];
    if (order === undefined) return this.#placeOrder();
    order.step += 1;
    const event = this.#orderStep(order);
    if (order.step === lastStep) this.#openOrders.splice(index, 1);
    return [order.streamId, event];
  }

  #orderStep(order: Order): NewEvent {
    const { tags } = order;
    switch (order.step) {
      case 4:
        return { type: 'PaymentReceived', data: { amount: order.total, currency: 'EUR', method: this.#pick(['card', 'transfer', 'invoice']), reference: this.#code(20) }, tags };
      case 5:
        return { type: 'OrderPacked', data: { packedBy: this.#pick(names), parcels: 1 + this.#below(3), grams: 200 + this.#below(9000), shelf: this.#code(4), fragile: chanceOf(this.#random, 0.2) }, tags };
      case 6:
        return { type: 'OrderShipped', data: { carrier: this.#pick(carriers), parcel: this.#code(18), to: this.#pick(cities), insured: chanceOf(this.#random, 0.3) }, tags };
      case lastStep:
        return { type: 'OrderDelivered', data: { signedBy: this.#pick(surnames), at: 'front door', parcel: this.#code(18), photos: this.#below(3) }, tags };
      default:
        return this.#addItem(order);
    }
  }

  #addItem(order: Order): NewEvent {
    const quantity = 1 + this.#below(4);
    const price = 5 + this.#below(200);
    order.total += quantity * price;
    const data = { sku: `${this.#code(4)}-${100 + this.#below(900)}`, name: this.#pick(goods), quantity, price, currency: 'EUR', gift: chanceOf(this.#random, 0.1) };
    return { type: 'ItemAdded', data, tags: order.tags };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(list: readonly T[]): T {
    const item = list[this.#below(list.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  #code(length: number): string {
    const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
    return Array.from({ length }, () => letters[this.#below(letters.length)]).join('');
  }
}

const lastStep = 7;

function chanceOf(random: () => number, likelihood: number): boolean {
  return random() < likelihood;
}

/** Numbers from 0 to 1 that a seed decides (mulberry32): the import is the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
