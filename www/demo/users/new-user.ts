/** A new user: under an id of its own, with an e-mail address that nobody else has. */

import { isAnnalsError } from 'annals';
import type { Store } from 'annals';
import { emailTag, user, UserError } from './user.ts';

/** What there is to know of one that was created. */
export interface NewUser {
  readonly id: string;
  /** Of the event in the log. */
  readonly position: number;
}

/**
 * Creates a user.
 *
 * @throws {UserError} `invalid`, `taken`
 */
export async function createUser(store: Store, name: string, email: string): Promise<NewUser> {
  // Short, as people read it in the log; a user who has it by chance would be refused as one that exists.
  const id = crypto.randomUUID().slice(0, 8);
  // `decide` sees one user. What concerns them all is a condition on the log, looked at as the event is stored.
  const condition = { failIfEventsMatch: { items: [{ tags: [emailTag(email)] }] } };
  try {
    const { position } = await store.dispatch(user, id, { type: 'CreateUser', data: { id, name, email } }, { condition });
    return { id, position };
  } catch (error) {
    if (isAnnalsError(error, 'AppendConditionFailed')) throw new UserError('taken', 'Another user has this e-mail address.');
    throw error;
  }
}
