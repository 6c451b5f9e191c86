/** The users to pick from: all that were created, in whichever tab, under their present names. */

import type { RecordedEvent, Store } from 'annals';
import { find } from '../dom.ts';
import type { Panel } from '../panel.ts';
import { user } from './user.ts';
import type { UserEvent } from './user.ts';

/** What the list is made of. */
const naming = { items: [{ categories: [user.name], types: ['UserCreated', 'UserRenamed'] satisfies UserEvent['type'][] }] };

interface Choice {
  readonly option: HTMLOptionElement;
  readonly email: string;
}

export class UserPicker implements Panel {
  readonly #select = find('user-picker', HTMLSelectElement);
  readonly #choices = new Map<string, Choice>();
  readonly #show: (id: string) => void;
  #picked: string | undefined;
  /** Who is to be picked once the log has told of them. Without a wish the first user is. */
  #wanted: string | undefined;

  /** `show` is called with the id of each user that is picked. */
  constructor(show: (id: string) => void) {
    this.#show = show;
    this.#select.addEventListener('change', () => this.#pick(this.#select.value));
  }

  attach(store: Store, gone: AbortSignal): void {
    const fromAddress = userInAddress();
    this.#wanted = fromAddress;
    const subscription = store.subscribe<UserEvent>({ after: 0, query: naming }, (event) => this.#learn(event), { signal: gone });
    void subscription.caughtUp.then(() => this.#wanted === fromAddress && this.#settle());
    gone.addEventListener('abort', () => this.#forget());
  }

  /** Picks this user, now or when the log tells of it. */
  want(id: string): void {
    this.#wanted = id;
    if (this.#choices.has(id)) this.#pick(id);
  }

  #learn(event: RecordedEvent<UserEvent>): void {
    const id = event.streamId.slice(`${user.name}-`.length);
    if (event.type === 'UserCreated') this.#add(id, event.data);
    else if (event.type === 'UserRenamed') this.#rename(id, event.data);
  }

  #add(id: string, data: unknown): void {
    if (this.#choices.has(id)) return;
    const email = textIn(data, 'email');
    const option = new Option(labelOf(textIn(data, 'name'), email), id);
    this.#choices.set(id, { option, email });
    this.#select.add(option);
    if (id === (this.#wanted ?? id)) this.#pick(id);
  }

  #rename(id: string, data: unknown): void {
    const choice = this.#choices.get(id);
    if (choice !== undefined) choice.option.text = labelOf(textIn(data, 'name'), choice.email);
  }

  #pick(id: string): void {
    this.#wanted = id;
    this.#select.value = id;
    if (id === this.#picked) return;
    this.#picked = id;
    writeUserInAddress(id);
    this.#show(id);
  }

  /** A user in the address may not be there, when the store was deleted say: then it is the first one, now or to come. */
  #settle(): void {
    if (this.#picked !== undefined) return;
    this.#wanted = undefined;
    const first = this.#select.options[0];
    if (first !== undefined) this.#pick(first.value);
  }

  #forget(): void {
    this.#choices.clear();
    this.#select.replaceChildren();
    this.#picked = undefined;
    writeUserInAddress(undefined);
  }
}

function labelOf(name: string, email: string): string {
  return `${name}, ${email}`;
}

/** The form beside this one stores anything in any stream, so what a user's events hold is not taken for granted. */
function textIn(data: unknown, key: 'name' | 'email'): string {
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined;
  return typeof value === 'string' ? value : '?';
}

/** The address has the user who is picked, for a reload and for a second tab. */
function userInAddress(): string | undefined {
  return new URLSearchParams(location.search).get('user') ?? undefined;
}

function writeUserInAddress(id: string | undefined): void {
  const address = new URL(location.href);
  if (id === undefined) address.searchParams.delete('user');
  else address.searchParams.set('user', id);
  history.replaceState(null, '', address);
}
