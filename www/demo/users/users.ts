/** The part of the page with the users: a form for new ones, a list to pick from, and the one who is picked. */

import type { Store } from 'annals';
import type { Panel } from '../panel.ts';
import { UserCard } from './user-card.ts';
import { UserForm } from './user-form.ts';
import { UserList } from './user-list.ts';

export class Users implements Panel {
  readonly #card = new UserCard();
  readonly #list = new UserList((id) => this.#show(id));
  // A command is answered once the views have taken it in: the new user is in the list by then.
  readonly #form = new UserForm((id) => this.#list.pick(id));
  #store: Store | undefined;

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    this.#form.attach(store, gone);
    this.#list.attach(store, gone);
    gone.addEventListener('abort', () => {
      this.#store = undefined;
      this.#card.hide();
    });
  }

  #show(id: string): void {
    if (this.#store !== undefined) this.#card.show(this.#store, id);
  }
}
