import { from, map, type Observable } from 'rxjs';
import type { View } from 'annals';

export function wealth(view: View<{ account: string; total: number }>): Observable<number> {
  return from(view.live({ where: { total: { gt: 0 } } })).pipe(map((rows) => rows.reduce((sum, { total }) => sum + total, 0)));
}
