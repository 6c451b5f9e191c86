/** Errors as sentences that a person can act on. */

import { isAnnalsError } from 'annals';
import type { ExpectedRevision } from 'annals';
import { formatNumber } from './format.ts';

const sentences: ReadonlyMap<string, string> = new Map([
  ['StorageUnavailable', 'This browser gives this page no storage. A private window or a setting for site data may be the reason.'],
  ['StorageBlocked', 'Another tab holds this store in an older form. Close that tab, then reload this one.'],
  ['StorageCorrupt', 'What is stored here is damaged. “Check every byte” says where.'],
  ['QuotaExceeded', 'The browser has no more room for this page. Nothing was stored.'],
  ['HandlerFailed', 'The rules cannot make sense of this history: an event in it is not what they expect.'],
  ['Closed', 'This store is closed. Reload the page to open it again.'],
  ['EngineFailed', 'The engine in this tab has stopped. What was stored is safe: reload the page.'],
  ['Aborted', 'Stopped before anything was stored.'],
]);

/** One sentence, or two, about what went wrong. */
export function sentenceOf(error: unknown): string {
  if (!isAnnalsError(error)) return error instanceof Error ? error.message : String(error);
  const sentence = conflictSentence(error) ?? sentences.get(error.code) ?? error.message;
  return error.outcome === 'unknown' ? `${sentence} Whether the events were stored is not known: look in the log.` : sentence;
}

function conflictSentence(error: unknown): string | undefined {
  if (!isAnnalsError(error, 'RevisionConflict')) return undefined;
  const conflicts = error.conflicts.map(({ streamId, expected, actual }) => `${describeActual(streamId, actual)}, but ${describeExpected(expected)}`);
  return `Nothing was stored: ${conflicts.join('; ')}.`;
}

function describeActual(streamId: string, actual: number): string {
  return actual === 0 ? `the stream ${streamId} does not exist` : `the stream ${streamId} is at revision ${formatNumber(actual)}`;
}

function describeExpected(expected: ExpectedRevision): string {
  if (expected === 'noStream') return 'it was expected to be new';
  if (expected === 'exists') return 'it was expected to be there';
  if (expected === 'any') return 'anything was expected';
  return `revision ${formatNumber(expected)} was expected`;
}
