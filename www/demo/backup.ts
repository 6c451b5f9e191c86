/** Saves all events to a file, and reads such a file, with a way to stop. */

import { isAnnalsError } from 'annals';
import type { ImportReport, Progress, Store } from 'annals';
import { create, find } from './dom.ts';
import { formatBytes, formatCount, formatNumber } from './format.ts';
import { Outcome } from './outcome.ts';
import type { Panel } from './panel.ts';
import { sentenceOf } from './sentence.ts';

export class Backup implements Panel {
  readonly #save = find('backup-save', HTMLButtonElement);
  readonly #read = find('backup-read', HTMLButtonElement);
  readonly #file = find('backup-file', HTMLInputElement);
  readonly #cancel = find('backup-cancel', HTMLButtonElement);
  readonly #progress = find('backup-progress', HTMLDivElement);
  readonly #bar = find('backup-bar', HTMLProgressElement);
  readonly #count = find('backup-count', HTMLParagraphElement);
  readonly #outcome = new Outcome('backup-outcome');
  #store: Store | undefined;
  #running: AbortController | undefined;

  constructor() {
    this.#cancel.addEventListener('click', () => this.#running?.abort());
    this.#save.addEventListener('click', () => void this.#run(this.#save, saveToFile));
    this.#read.addEventListener('click', () => this.#file.click());
    this.#file.addEventListener('change', () => {
      const file = this.#file.files?.[0];
      if (file !== undefined) void this.#run(this.#read, (store, options) => readFile(store, file, options));
      // The same file can be chosen again.
      this.#file.value = '';
    });
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#store = store;
    this.#outcome.clear();
    gone.addEventListener('abort', () => {
      this.#running?.abort();
      this.#store = undefined;
    });
  }

  async #run(button: HTMLButtonElement, work: (store: Store, options: Options) => Promise<string>): Promise<void> {
    if (this.#store === undefined || this.#running !== undefined) return;
    this.#running = new AbortController();
    this.#outcome.clear();
    this.#offerCancel(true);
    this.#cancel.focus();
    try {
      this.#outcome.say('good', await work(this.#store, { signal: this.#running.signal, onProgress: (progress) => this.#show(progress) }));
    } catch (error) {
      const cancelled = isAnnalsError(error, 'Aborted');
      this.#outcome.say(cancelled ? 'good' : 'bad', cancelled ? 'Cancelled. What was read until then stays.' : sentenceOf(error));
    } finally {
      this.#running = undefined;
      const focused = document.activeElement === this.#cancel;
      this.#offerCancel(false);
      if (focused) button.focus();
    }
  }

  #offerCancel(offered: boolean): void {
    this.#save.hidden = this.#read.hidden = offered;
    this.#cancel.hidden = this.#progress.hidden = !offered;
    this.#bar.value = 0;
    this.#count.textContent = '';
  }

  #show({ done, total }: Progress): void {
    this.#bar.max = Math.max(total, 1);
    this.#bar.value = done;
    this.#count.textContent = `${formatNumber(done)} of ${formatNumber(total)}`;
  }
}

interface Options {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

async function saveToFile(store: Store, options: Options): Promise<string> {
  const file = await new Response(store.export(options)).blob();
  const address = URL.createObjectURL(file);
  const link = create('a');
  link.href = address;
  link.download = `${store.name}-${new Date().toISOString().slice(0, 10)}.jsonl`;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return `Saved as ${link.download}: ${formatBytes(file.size)}.`;
}

async function readFile(store: Store, file: File, options: Options): Promise<string> {
  return summary(await store.import(file, options));
}

function summary({ stored, duplicates, restored }: ImportReport): string {
  if (stored === 0) return duplicates === 0 ? 'The file has no events.' : 'All events of the file were here already.';
  const known = duplicates === 0 ? '' : ` ${formatCount(duplicates, 'event')} ${duplicates === 1 ? 'was' : 'were'} here already.`;
  const where = restored ? 'each where it stood' : 'behind what was here';
  return `Read ${formatCount(stored, 'event')}, ${where}.${known}`;
}
