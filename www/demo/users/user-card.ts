/** One user: its state, now or at a moment of its history, and what it can be asked. */

import type { RecordedEvent, Store } from 'annals';
import { find } from '../dom.ts';
import { formatNumber } from '../format.ts';
import { sentenceOf } from '../sentence.ts';
import { UserActions } from './user-actions.ts';
import { UserHistory } from './user-history.ts';
import { user } from './user.ts';
import type { User } from './user.ts';

export class UserCard {
  readonly #place = find('user', HTMLDivElement);
  readonly #nobody = find('nobody', HTMLParagraphElement);
  readonly #name = find('user-name', HTMLElement);
  readonly #email = find('user-email', HTMLElement);
  readonly #active = find('user-active', HTMLElement);
  readonly #version = find('user-version', HTMLElement);
  readonly #problem = find('user-problem', HTMLParagraphElement);
  readonly #history = new UserHistory(() => void this.#draw());
  readonly #actions = new UserActions();
  #shown: { readonly store: Store; readonly id: string } | undefined;
  /** Ends the subscription to the user who is shown. */
  #following = new AbortController();
  #drawings = 0;

  /** Shows this user and follows it, whichever tab changes it. */
  show(store: Store, id: string): void {
    this.#following.abort();
    this.#following = new AbortController();
    this.#shown = { store, id };
    this.#actions.turnTo(store, id);
    this.#history.toPresent();
    // First the subscription, then the state: what is stored in between is not missed.
    const query = { items: [{ streams: [streamOf(id)] }] };
    store.subscribe({ after: 'head', query }, () => this.#draw(), { signal: this.#following.signal });
    void this.#draw();
    this.#setShown(true);
  }

  hide(): void {
    this.#following.abort();
    this.#shown = undefined;
    this.#setShown(false);
  }

  #setShown(shown: boolean): void {
    this.#place.hidden = !shown;
    this.#nobody.hidden = shown;
  }

  /** Draws the moment at which the slider is. Of several drawings under way only the last one counts. */
  async #draw(): Promise<void> {
    const shown = this.#shown;
    if (shown === undefined) return;
    const { store, id } = shown;
    const drawing = ++this.#drawings;
    try {
      const present = await store.load(user, id);
      const asOf = { revision: this.#history.revision ?? present.revision };
      const { state, revision } = await store.load(user, id, { asOf });
      const last = revision === 0 ? undefined : await eventAt(store, streamOf(id), revision);
      if (shown !== this.#shown || drawing !== this.#drawings) return;
      this.#history.show(revision, present.revision, last);
      this.#actions.enabled = revision === present.revision;
      this.#drawState(state);
      this.#problem.textContent = '';
    } catch (error) {
      if (shown === this.#shown) this.#problem.textContent = sentenceOf(error);
    }
  }

  #drawState(state: User | null): void {
    this.#name.textContent = state?.name ?? 'none yet';
    this.#email.textContent = state?.email ?? 'none yet';
    this.#active.textContent = state?.active ? 'yes' : 'no';
    this.#version.textContent = formatNumber(state?.version ?? 0);
  }
}

async function eventAt(store: Store, streamId: string, revision: number): Promise<RecordedEvent | undefined> {
  const [event] = await store.readStream(streamId, { from: revision, to: revision }).toArray();
  return event;
}

/** The stream that holds the events of a user. */
function streamOf(id: string): string {
  return `${user.name}-${id}`;
}
