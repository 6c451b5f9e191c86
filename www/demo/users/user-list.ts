/** The users to pick from: a live question to the view, drawn again whenever its answer is another. */

import type { FindQuery, LiveQuery, Store, View } from 'annals';
import { create, createButton, find } from '../dom.ts';
import { formatCount, formatNumber } from '../format.ts';
import type { Panel } from '../panel.ts';
import { rowKey, userRows } from './user-rows.ts';
import type { UserRow } from './user-rows.ts';

/** More are found by searching. */
const MOST_SHOWN = 50;

const orders: Readonly<Record<string, Pick<FindQuery<UserRow>, 'orderBy' | 'direction'>>> = {
  name: { orderBy: 'sortName' },
  newest: { orderBy: 'since', direction: 'desc' },
  oldest: { orderBy: 'since' },
};

interface Item {
  readonly element: HTMLLIElement;
  readonly button: HTMLButtonElement;
  row: UserRow | undefined;
}

export class UserList implements Panel {
  readonly #place = find('user-list', HTMLUListElement);
  readonly #summary = find('user-counts', HTMLParagraphElement);
  readonly #search = find('user-search', HTMLInputElement);
  readonly #order = find('user-order', HTMLSelectElement);
  readonly #onlyActive = find('user-only-active', HTMLInputElement);
  readonly #show: (id: string) => void;
  readonly #items = new Map<string, Item>();
  #view: View<UserRow> | undefined;
  #live: LiveQuery<UserRow> | undefined;
  #picked: string | undefined;

  /** `show` is called with the id of each user that is picked. */
  constructor(show: (id: string) => void) {
    this.#show = show;
    find('user-finder', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
    for (const control of [this.#search, this.#order, this.#onlyActive]) control.addEventListener('input', () => this.#ask());
  }

  attach(store: Store, gone: AbortSignal): void {
    this.#view = store.view(userRows);
    this.#ask();
    // Once now, then after each batch of commits that has changed a row.
    this.#view.subscribe((view) => this.#settle(view), { signal: gone });
    gone.addEventListener('abort', () => this.#forget());
  }

  /** Picks this user. */
  pick(id: string): void {
    const before = this.#picked;
    this.#picked = id;
    for (const one of [before, id]) if (one !== undefined) this.#mark(one);
    if (id === before) return;
    writeUserInAddress(id);
    this.#show(id);
  }

  /** Puts the question that the controls stand for. */
  #ask(): void {
    this.#live?.close();
    const query = {
      where: { sortName: { startsWith: this.#search.value.trim().toLowerCase() }, ...(this.#onlyActive.checked && { active: true }) },
      ...orders[this.#order.value],
    };
    this.#live = this.#view?.live({ ...query, limit: MOST_SHOWN });
    this.#live?.subscribe((rows) => this.#draw(rows, this.#view?.count({ where: query.where }) ?? 0));
  }

  #draw(rows: readonly UserRow[], found: number): void {
    const focused = document.activeElement;
    this.#place.replaceChildren(...rows.map((row) => this.#item(row)));
    if (found > rows.length) this.#place.append(create('li', 'note', `and ${formatNumber(found - rows.length)} more`));
    if (rows.length === 0) this.#place.append(create('li', 'note', 'Nobody is called so.'));
    // Moving an element takes the focus from it.
    if (focused instanceof HTMLElement && this.#place.contains(focused)) focused.focus();
  }

  /** A row that is the same object as before is drawn already. */
  #item(row: UserRow): HTMLLIElement {
    const item = this.#items.get(row.id) ?? this.#newItem(row.id);
    if (item.row !== row) {
      item.row = row;
      const state = row.active ? [] : [create('span', 'user-state', 'inactive')];
      item.button.replaceChildren(create('span', 'user-called', row.name), create('span', 'user-mail', row.email), ...state);
    }
    return item.element;
  }

  #newItem(id: string): Item {
    const button = createButton('user-choice', '');
    button.addEventListener('click', () => this.pick(id));
    const item: Item = { element: create('li', '', button), button, row: undefined };
    this.#items.set(id, item);
    this.#mark(id);
    return item;
  }

  #mark(id: string): void {
    this.#items.get(id)?.button.setAttribute('aria-pressed', String(id === this.#picked));
  }

  /** Says how many there are, and sees to it that somebody is picked: the user in the address, or the first one. */
  #settle(view: View<UserRow>): void {
    const all = view.count();
    const active = view.count({ where: { active: true } });
    this.#summary.textContent = all === 0 ? '' : `${formatCount(all, 'user')}, ${formatNumber(active)} active`;
    if (this.#picked !== undefined || all === 0) return;
    const wanted = userInAddress();
    const first = wanted === undefined ? undefined : view.get(rowKey(wanted));
    const [row] = first === undefined ? view.find({ orderBy: 'since', limit: 1 }) : [first];
    if (row !== undefined) this.pick(row.id);
  }

  #forget(): void {
    this.#live?.close();
    this.#live = undefined;
    this.#view = undefined;
    this.#picked = undefined;
    this.#items.clear();
    this.#place.replaceChildren();
    this.#summary.textContent = '';
    writeUserInAddress(undefined);
  }
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
