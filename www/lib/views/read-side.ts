import { type AnnalsError, invalidArgument } from '../errors.ts';

/** What a projection has tried to write while it was folding; undefined while none is. */
let folding: { offence: AnnalsError | undefined } | undefined;

/** Runs a projection. What it tries to write is refused, and thrown again here: a promise that rejects may go unheard. */
export function readOnly<T>(fold: () => T): T {
  const outer = folding;
  const own = { offence: undefined as AnnalsError | undefined };
  folding = own;
  try {
    const made = fold();
    if (own.offence !== undefined) throw own.offence;
    return made;
  } finally {
    folding = outer;
  }
}

/** Refuses to write while a projection is folding: the read side never does. */
export function refuseWhileFolding(call: string): void {
  if (folding === undefined) return;
  folding.offence ??= invalidArgument(call, 'no call of it in a projection: the read side never writes', 'one');
  throw folding.offence;
}
