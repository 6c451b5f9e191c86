import { release } from '../engine/release.ts';
import type { Session } from '../engine/session.ts';
import { AnnalsError, isAnnalsError } from '../errors.ts';
import { eventsOf, type Page } from '../event-page.ts';

/**
 * The same failure, which says which event cannot be read: where states are made of many, only the revision is known. Any other error as it is, and so one
 * over an event that is not stored yet.
 */
export async function placed(session: Session, error: AnnalsError): Promise<AnnalsError> {
  if (!isAnnalsError(error, 'UpcastFailed') || error.streamId === undefined) return error;
  const { streamId, reason, type, version, revision, message, cause } = error;
  try {
    const reader = await session.call((engine) => engine.readStream({ streamId, from: revision, to: revision, backward: false }));
    const page = session.now(() => reader.takeFirst()) as Page | undefined;
    release(reader);
    const event = page && eventsOf(page)[0];
    if (event === undefined || event.type !== type || event.version !== version) return error;
    const { id: eventId, position } = event;
    return new AnnalsError('UpcastFailed', `${message} (event ${eventId})`, { reason, type, version, revision, streamId, eventId, position }, { cause });
  } catch {
    // What is known is said all the same.
    return error;
  }
}
