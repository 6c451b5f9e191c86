/** What came of the last thing that was asked of a part of the page. Screen readers hear it too. */

import { find } from './dom.ts';

export class Outcome {
  readonly #place: HTMLElement;

  /** `id`: of the paragraph, which has the role `status`. */
  constructor(id: string) {
    this.#place = find(id, HTMLParagraphElement);
  }

  say(mood: 'good' | 'bad', text: string): void {
    this.#place.dataset['mood'] = mood;
    this.#place.textContent = text;
  }

  clear(): void {
    this.say('good', '');
  }
}
