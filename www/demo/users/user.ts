/** The rules for users: what may be asked of one, what that makes happen, and what a user is after it. */

import { defineAggregate } from 'annals';
import type { Command, Event } from 'annals';

/** A user, as its events have made it. */
export type User = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  /** How many events have made this state. */
  readonly version: number;
};

export type UserCommand =
  | Command<'CreateUser', { id: string; name: string; email: string }>
  | Command<'RenameUser', { name: string }>
  | Command<'DeactivateUser'>;

export type UserEvent =
  | Event<'UserCreated', { id: string; name: string; email: string }>
  | Event<'UserRenamed', { name: string }>
  | Event<'UserDeactivated', null>;

/** Why a command is refused: a reason for code, a sentence for people. */
export class UserError extends Error {
  readonly reason: 'invalid' | 'exists' | 'notFound' | 'taken';

  constructor(reason: UserError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The state is `null` until a user is created. */
export const user = defineAggregate<User | null, UserCommand, UserEvent>({
  name: 'user',
  initialState: () => null,
  decide: {
    CreateUser: (state, { data }) => {
      if (state !== null) throw new UserError('exists', 'This user exists already.');
      if (!data.email.includes('@')) throw new UserError('invalid', 'An e-mail address has an @ in it.');
      return { type: 'UserCreated', data, tags: [emailTag(data.email)] };
    },
    RenameUser: (state, { data }) => (existing(state).name === data.name ? undefined : { type: 'UserRenamed', data }),
    DeactivateUser: (state) => (existing(state).active ? { type: 'UserDeactivated' } : undefined),
  },
  evolve: {
    UserCreated: (_, { data }) => ({ ...data, active: true, version: 1 }),
    UserRenamed: (state, { data }) => state && { ...state, name: data.name, version: state.version + 1 },
    UserDeactivated: (state) => state && { ...state, active: false, version: state.version + 1 },
  },
});

/** What the event of a new user is found by: upper and lower case are one e-mail address. */
export function emailTag(email: string): string {
  return `email:${email.toLowerCase()}`;
}

function existing(state: User | null): User {
  if (state === null) throw new UserError('notFound', 'There is no such user.');
  return state;
}
