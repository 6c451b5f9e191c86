import { invalidArgument } from '../errors.ts';

/** Whether the engine, in the middle of a question, looks at rows. */
let isLooking = false;

/** Looks at rows for the engine. */
export function look<T>(at: () => T): T {
  isLooking = true;
  try {
    return at();
  } finally {
    isLooking = false;
  }
}

/** Refuses a question that a row asks while it is looked at, from a getter or a proxy: the engine is not done with the one before. */
export function refuseWhileLooking(): void {
  if (isLooking) throw invalidArgument('row', 'plain data', 'one that asks a view while it is looked at');
}
