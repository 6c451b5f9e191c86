/** The part of the page with the users: a form for new ones, a list to pick from, and the one who is picked. */

import type { Store } from 'annals';
import type { Panel } from '../panel.ts';
import { UserCard } from './user-card.ts';
import { UserForm } from './user-form.ts';
import { UserPicker } from './user-picker.ts';

export class Users implements Panel {
  readonly #card = new UserCard();
  readonly #picker = new UserPicker((id) => this.#show(id));
  readonly #form = new UserForm((id) => this.#picker.want(id));
  #store: Store | undefined;

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    this.#form.attach(store, gone);
    this.#picker.attach(store, gone);
    gone.addEventListener('abort', () => {
      this.#store = undefined;
      this.#card.hide();
    });
  }

  #show(id: string): void {
    if (this.#store !== undefined) this.#card.show(this.#store, id);
  }
}
