// RxJS in a page of the tests.
import { first, firstValueFrom, from, lastValueFrom, take, toArray } from 'rxjs';
import type { LiveQuery, View } from 'annals';
import { wealth } from './rxjs-snippet.ts';

type Row = { account: string; total: number };

export function show(view: View<Row>, element: Element, rendered: () => void): () => void {
  const subscription = from(view.live({ orderBy: 'total', direction: 'desc', limit: 3 })).subscribe((rows) => {
    rendered();
    element.innerHTML = `<ol>${rows.map(({ account, total }) => `<li>${account}: ${total}</li>`).join('')}</ol>`;
  });
  return () => subscription.unsubscribe();
}

/** What `from` makes of a live query: an observable that gives the answer at once, and ends when the query is closed. */
export function useOtherwise(view: View<Row>, live: LiveQuery<Row>) {
  return {
    first: firstValueFrom(from(live).pipe(first())),
    three: lastValueFrom(from(live).pipe(take(3), toArray())),
    all: lastValueFrom(from(live).pipe(toArray())),
    wealth: firstValueFrom(wealth(view)),
  };
}
