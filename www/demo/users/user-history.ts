/** The slider over a user's history, from before its first event to the last. At this end it stays with the present. */

import type { RecordedEvent } from 'annals';
import { find } from '../dom.ts';
import { formatCount, formatNumber, formatTime } from '../format.ts';

export class UserHistory {
  readonly #slider = find('user-moment', HTMLInputElement);
  readonly #sentence = find('user-moment-text', HTMLParagraphElement);
  readonly #now = find('user-now', HTMLButtonElement);

  /** `moved` is called when somebody goes to another moment. */
  constructor(moved: () => void) {
    this.#slider.addEventListener('input', moved);
    this.#now.addEventListener('click', () => {
      this.toPresent();
      this.#slider.focus();
      moved();
    });
  }

  /** The revision that was gone to; none is the present, whatever comes. */
  get revision(): number | undefined {
    return this.#slider.value === this.#slider.max ? undefined : this.#slider.valueAsNumber;
  }

  toPresent(): void {
    this.#slider.value = this.#slider.max;
  }

  /** Shows the moment after so many of all the events; `last` is the last of these. */
  show(revision: number, all: number, last: RecordedEvent | undefined): void {
    this.#slider.max = String(all);
    this.#slider.value = String(revision);
    this.#now.hidden = revision === all;
    this.#say(last === undefined ? 'Before the first event: there is no such user yet.' : sentenceAbout(last, all));
  }

  #say(sentence: string): void {
    this.#sentence.textContent = sentence;
    this.#slider.setAttribute('aria-valuetext', sentence);
  }
}

function sentenceAbout({ type, revision, recordedAt }: RecordedEvent, all: number): string {
  const moment = revision === all ? `Now, after ${formatCount(all, 'event')}` : `The past, after ${formatNumber(revision)} of ${formatCount(all, 'event')}`;
  return `${moment}. The last: ${type}, ${formatTime(recordedAt)}.`;
}
