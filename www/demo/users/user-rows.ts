/** The rows of the list: one for each user, kept up with the log by the store. */

import { defineProjection } from 'annals';
import { user } from './user.ts';
import type { UserEvent } from './user.ts';

/** A user, as the list shows it. */
export type UserRow = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  /** The name, so that upper and lower case are one in order and search. */
  readonly sortName: string;
  /** The place of the first event in the log: later users have a greater one. */
  readonly since: number;
};

export const userRows = defineProjection<UserRow, UserEvent>({
  name: 'users',
  version: 1,
  from: [user],
  indexes: ['sortName', 'since', 'active'],
  on: {
    UserCreated: (row, { data, streamId, position }) => {
      if (row !== undefined) return undefined;
      const name = textIn(data, 'name');
      return { id: streamId.slice(`${user.name}-`.length), name, email: textIn(data, 'email'), active: true, sortName: name.toLowerCase(), since: position };
    },
    UserRenamed: (row, { data }) => {
      const name = textIn(data, 'name');
      return row && { ...row, name, sortName: name.toLowerCase() };
    },
    UserDeactivated: (row) => row && { ...row, active: false },
  },
});

/** The key of a user's row. */
export function rowKey(id: string): string {
  return `${user.name}-${id}`;
}

/** The form beside the list stores anything in any stream, so what a user's events hold is not taken for granted. */
function textIn(data: unknown, key: 'name' | 'email'): string {
  const value: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined;
  return typeof value === 'string' ? value : '?';
}
