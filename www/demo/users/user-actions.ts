/** What the user on the card can be asked: to have another name, and to be active no longer. */

import type { Store } from 'annals';
import { find } from '../dom.ts';
import { formatNumber } from '../format.ts';
import { Outcome } from '../outcome.ts';
import { Refusal } from '../refusal.ts';
import { sentenceOf } from '../sentence.ts';
import { user } from './user.ts';
import type { UserCommand } from './user.ts';

/** What is said of a command that was carried out. */
interface Words {
  readonly done: string;
  /** When it was so already, and no event was needed. */
  readonly unchanged: string;
}

const renamed: Words = { done: 'Renamed', unchanged: 'Nothing happened: that is the name already.' };
const deactivated: Words = { done: 'Deactivated', unchanged: 'Nothing happened: the user is inactive already.' };

export class UserActions {
  readonly #controls = find('user-actions', HTMLFieldSetElement);
  readonly #name = find('user-new-name', HTMLInputElement);
  readonly #renameRefusal = new Refusal(this.#name, 'rename-refusal');
  readonly #deactivateRefusal = new Refusal(find('deactivate-user', HTMLButtonElement), 'deactivate-refusal');
  readonly #outcome = new Outcome('user-outcome');
  #store: Store | undefined;
  #id = '';
  #underWay = false;

  constructor() {
    find('rename-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#rename();
    });
    find('deactivate-user', HTMLButtonElement).addEventListener('click', () => void this.#deactivate());
  }

  /** Acts on this user from now on. */
  turnTo(store: Store, id: string): void {
    this.#store = store;
    this.#id = id;
    this.#name.value = '';
    this.#clearAnswers();
  }

  /** The past can be looked at, not changed. */
  set enabled(enabled: boolean) {
    this.#controls.disabled = !enabled;
  }

  async #rename(): Promise<void> {
    const name = this.#name.value.trim();
    if (name === '') return this.#renameRefusal.show('A user has a name.');
    if (await this.#dispatch({ type: 'RenameUser', data: { name } }, renamed, this.#renameRefusal)) this.#name.value = '';
  }

  async #deactivate(): Promise<void> {
    await this.#dispatch({ type: 'DeactivateUser' }, deactivated, this.#deactivateRefusal);
  }

  /** Whether the command was carried out. */
  async #dispatch(command: UserCommand, words: Words, refusal: Refusal): Promise<boolean> {
    if (this.#store === undefined || this.#underWay) return false;
    this.#clearAnswers();
    this.#underWay = true;
    try {
      const { events, position } = await this.#store.dispatch(user, this.#id, command);
      this.#outcome.say('good', events.length === 0 ? words.unchanged : `${words.done}: event ${formatNumber(position)} in the log.`);
      return true;
    } catch (error) {
      refusal.show(sentenceOf(error));
      return false;
    } finally {
      this.#underWay = false;
    }
  }

  #clearAnswers(): void {
    this.#renameRefusal.clear();
    this.#deactivateRefusal.clear();
    this.#outcome.clear();
  }
}
