// The search: a dialog with a field and a list. `/` opens it; arrows choose, Enter goes there, Escape closes.
import MiniSearch from 'minisearch';
import { asking, SEARCH } from './search-fields.mjs';

interface Entry {
  readonly title: string;
  readonly page: string;
  readonly url: string;
  readonly shown: string;
}

const MOST = 12;

export function offerSearch(): void {
  const opener = document.querySelector<HTMLButtonElement>('#search-open');
  if (opener === null) return;
  const search = new SearchDialog();
  opener.addEventListener('click', () => search.open());
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
    const asks = event.key === '/' || (event.key === 'k' && (event.ctrlKey || event.metaKey));
    if (!asks || (isTyping && event.key === '/') || event.altKey) return;
    event.preventDefault();
    search.open();
  });
  opener.hidden = false;
}

class SearchDialog {
  readonly #root = document.documentElement.dataset['root'] ?? '';
  readonly #dialog = document.createElement('dialog');
  readonly #field = document.createElement('input');
  readonly #list = document.createElement('ul');
  readonly #status = document.createElement('p');
  #index: Promise<MiniSearch> | undefined;
  #chosen = 0;

  constructor() {
    this.#dialog.className = 'search';
    this.#dialog.setAttribute('aria-label', 'Search');
    Object.assign(this.#field, { type: 'search', placeholder: 'Search these pages', spellcheck: false, autocomplete: 'off' });
    for (const [name, value] of Object.entries({ role: 'combobox', 'aria-label': 'Search', 'aria-expanded': 'false', 'aria-controls': 'search-list', 'aria-autocomplete': 'list' })) this.#field.setAttribute(name, value);
    this.#list.id = 'search-list';
    this.#list.setAttribute('role', 'listbox');
    this.#list.setAttribute('aria-label', 'Found');
    this.#list.hidden = true;
    this.#status.className = 'hint';
    this.#status.setAttribute('role', 'status');
    this.#dialog.append(this.#field, this.#status, this.#list);
    this.#field.addEventListener('input', () => void this.#find());
    this.#field.addEventListener('keydown', (event) => this.#key(event));
    // A click beside it closes it.
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
    document.body.append(this.#dialog);
  }

  open(): void {
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    this.#field.select();
    void this.#find();
  }

  /** The index is a script, which a page from a folder may load; it is not loaded before somebody searches. */
  #load(): Promise<MiniSearch> {
    return (this.#index ??= new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `${this.#root}assets/search-index.js`;
      script.addEventListener('load', () => {
        const text = (globalThis as { annalsSearchIndex?: string }).annalsSearchIndex ?? '{}';
        resolve(MiniSearch.loadJSON(text, SEARCH));
      });
      script.addEventListener('error', () => {
        this.#index = undefined;
        reject(new Error('the index of the search could not be loaded'));
      });
      document.head.append(script);
    }));
  }

  async #find(): Promise<void> {
    const asked = this.#field.value.trim();
    try {
      const index = await this.#load();
      // Meanwhile something else may have been typed.
      if (asked !== this.#field.value.trim()) return;
      this.#show(asked === '' ? [] : (index.search(asked, asking(asked)).slice(0, MOST) as unknown as Entry[]));
      this.#status.textContent = asked === '' ? 'Arrows choose, Enter goes there, Escape closes.' : this.#list.hidden ? `Nothing says “${asked}”.` : '';
    } catch (error) {
      this.#status.textContent = `The search does not work: ${error instanceof Error ? error.message : String(error)}.`;
    }
  }

  #show(entries: readonly Entry[]): void {
    this.#list.replaceChildren(...entries.map((entry, n) => this.#item(entry, n)));
    this.#list.hidden = entries.length === 0;
    this.#field.setAttribute('aria-expanded', String(entries.length > 0));
    this.#choose(0);
  }

  #item({ title, page, url, shown }: Entry, n: number): HTMLLIElement {
    const item = document.createElement('li');
    item.id = `found-${n}`;
    item.setAttribute('role', 'option');
    item.dataset['url'] = this.#root + url;
    const heading = document.createElement('strong');
    heading.textContent = title;
    const where = document.createElement('span');
    where.className = 'hint';
    where.textContent = page;
    const text = document.createElement('span');
    text.className = 'found-text';
    text.textContent = shown;
    item.append(heading, ' ', where, text);
    item.addEventListener('click', () => this.#go(item));
    return item;
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = this.#list.children.length;
    if (step !== undefined && count > 0) {
      event.preventDefault();
      this.#choose((this.#chosen + step + count) % count);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const item = this.#list.children[this.#chosen];
      if (item instanceof HTMLLIElement) this.#go(item);
    } else if (event.key === 'Escape') {
      // A field for searches would take the first Escape to empty itself.
      event.preventDefault();
      this.#dialog.close();
    }
  }

  #choose(n: number): void {
    this.#chosen = n;
    [...this.#list.children].forEach((item, at) => item.setAttribute('aria-selected', String(at === n)));
    const item = this.#list.children[n];
    if (item === undefined) this.#field.removeAttribute('aria-activedescendant');
    else {
      this.#field.setAttribute('aria-activedescendant', item.id);
      item.scrollIntoView({ block: 'nearest' });
    }
  }

  #go(item: HTMLLIElement): void {
    this.#dialog.close();
    location.href = item.dataset['url'] ?? '';
  }
}
