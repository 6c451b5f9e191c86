// The reference domain: users, as an aggregate in JavaScript.
import { defineAggregate } from '../../dist/index.js';

export class UserError extends Error {
  /** @param {'invalid' | 'exists' | 'notFound'} reason */
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

const existing = (user, id) => {
  if (user === null) throw new UserError('notFound', `no such user: ${id}`);
  return user;
};

export const user = defineAggregate({
  name: 'user',
  initialState: () => null,
  decide: {
    CreateUser: (user, { data: { id, name, email } }) => {
      if (user !== null) throw new UserError('exists', `user ${id} exists`);
      if (!email.includes('@')) throw new UserError('invalid', `not an e-mail address: ${email}`);
      return { type: 'UserCreated', data: { id, name, email }, tags: [`email:${email.toLowerCase()}`] };
    },
    RenameUser: (user, { data: { name } }) => (existing(user).name === name ? undefined : { type: 'UserRenamed', data: { name } }),
    DeactivateUser: (user) => (existing(user).active ? [{ type: 'UserDeactivated' }] : []),
  },
  evolve: {
    UserCreated: (_, { data }) => ({ ...data, active: true, version: 1 }),
    UserRenamed: (user, { data }) => ({ ...user, name: data.name, version: user.version + 1 }),
    UserDeactivated: (user) => ({ ...user, active: false, version: user.version + 1 }),
  },
});

export const create = (id, email = `${id}@example.org`) => ({ type: 'CreateUser', data: { id, name: id.toUpperCase(), email } });
