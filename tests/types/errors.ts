// Errors: the code tells the kind, and the kind the fields.
import { AnnalsError, isAnnalsError } from 'annals';
import type { AnnalsErrorCode, AnnalsErrorOf, Conflict, ErrorFields } from 'annals';
import type { Holds, Same } from './assert.ts';

export function look(error: unknown): string | number | undefined {
  // @ts-expect-error unknown until it is looked at
  error.code;
  if (isAnnalsError(error, 'RevisionConflict')) {
    const [conflict] = error.conflicts;
    // @ts-expect-error a field of another kind
    error.positions;
    return conflict?.streamId;
  }
  if (isAnnalsError(error, 'AppendConditionFailed')) return error.positions[0];
  if (isAnnalsError(error, 'Closed')) {
    // @ts-expect-error no such reason
    if (error.reason === 'gone') return 0;
    return error.reason;
  }
  // @ts-expect-error no such code
  isAnnalsError(error, 'Conflict');
  if (isAnnalsError(error)) {
    // @ts-expect-error not of every kind
    error.conflicts;
    switch (error.code) {
      case 'InvalidArgument':
        return error.argument + error.expected + error.found;
      case 'Serialization':
        return error.path + error.event;
      case 'StorageCorrupt':
        return error.position;
      case 'DuplicateEvent':
        return error.eventId;
      default:
        return error.eventIds?.[0];
    }
  }
  if (error instanceof AnnalsError) return error.message;
  return undefined;
}

export function change(error: AnnalsErrorOf<'RevisionConflict'>): void {
  // @ts-expect-error read-only
  error.code = 'Closed';
  // @ts-expect-error read-only
  error.conflicts.pop();
  // @ts-expect-error read-only
  error.outcome = 'none';
}

type Codes =
  | 'RevisionConflict' | 'AppendConditionFailed' | 'DuplicateEvent' | 'InvalidArgument' | 'Serialization' | 'HandlerNotFound' | 'HandlerFailed'
  | 'ProjectionStopped' | 'UpcastFailed' | 'ImportFailed' | 'StorageUnavailable' | 'StorageBlocked' | 'StorageCorrupt' | 'QuotaExceeded' | 'StorageFailed'
  | 'Aborted' | 'Closed' | 'EngineFailed';

export type Statements = [
  Holds<Same<AnnalsErrorCode, Codes>>,
  Holds<Same<keyof ErrorFields, Codes>>,
  Holds<Same<AnnalsError['outcome'], 'none' | 'unknown'>>,
  Holds<Same<AnnalsError['cause'], unknown>>,
  Holds<Same<AnnalsErrorOf<'RevisionConflict'>['conflicts'], readonly Conflict[]>>,
  Holds<Same<AnnalsErrorOf<'StorageCorrupt'>['reason'], 'damaged' | 'foreign' | 'newerFormat'>>,
  Holds<AnnalsErrorOf<'Closed'> extends Error ? true : false>,
];
