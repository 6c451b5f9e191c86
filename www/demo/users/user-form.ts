/** The form that creates users. */

import type { Store } from 'annals';
import { find } from '../dom.ts';
import { formatNumber } from '../format.ts';
import { Outcome } from '../outcome.ts';
import type { Panel } from '../panel.ts';
import { Refusal } from '../refusal.ts';
import { sentenceOf } from '../sentence.ts';
import { createUser } from './new-user.ts';
import { UserError } from './user.ts';

export class UserForm implements Panel {
  readonly #name = find('new-user-name', HTMLInputElement);
  readonly #email = find('new-user-email', HTMLInputElement);
  readonly #nameRefusal = new Refusal(this.#name, 'new-user-name-refusal');
  readonly #emailRefusal = new Refusal(this.#email, 'new-user-email-refusal');
  readonly #outcome = new Outcome('user-form-outcome');
  readonly #created: (id: string) => void;
  #store: Store | undefined;
  #underWay = false;

  /** `created` is called with the id of each new user. */
  constructor(created: (id: string) => void) {
    this.#created = created;
    find('user-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.#underWay) void this.#create();
    });
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    this.#outcome.clear();
    gone.addEventListener('abort', () => (this.#store = undefined));
  }

  async #create(): Promise<void> {
    this.#clearAnswers();
    const name = this.#name.value.trim();
    if (name === '') return this.#nameRefusal.show('A user has a name.');
    if (this.#store === undefined) return this.#outcome.say('bad', 'The store is not open. Reload the page.');
    this.#underWay = true;
    try {
      const { id, position } = await createUser(this.#store, name, this.#email.value.trim());
      this.#outcome.say('good', `${name} is created: event ${formatNumber(position)} in the log.`);
      this.#clearFields();
      this.#created(id);
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#underWay = false;
    }
  }

  /** What can be put right in a field is said beside it. */
  #refuse(error: unknown): void {
    const concernsEmail = error instanceof UserError && (error.reason === 'invalid' || error.reason === 'taken');
    if (concernsEmail) this.#emailRefusal.show(error.message);
    else this.#outcome.say('bad', sentenceOf(error));
  }

  #clearFields(): void {
    this.#name.value = '';
    this.#email.value = '';
  }

  #clearAnswers(): void {
    this.#nameRefusal.clear();
    this.#emailRefusal.clear();
    this.#outcome.clear();
  }
}
