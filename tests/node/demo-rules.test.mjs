// The rules for users of the demo page, which newcomers copy from.
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { build } from 'esbuild';
import { dist, inRoot } from '../../www/build/paths.mjs';
import { given } from '../../dist/testing.js';

const { user } = await compiled(inRoot('www', 'demo', 'users', 'user.ts'));

const ada = { id: '1', name: 'Ada', email: 'Ada@example.com' };
const created = { type: 'UserCreated', data: ada, tags: ['email:ada@example.com'] };
const renamed = { type: 'UserRenamed', data: { name: 'Ada Lovelace' } };
const deactivated = { type: 'UserDeactivated' };

test('a user is created once', () => {
  const create = { type: 'CreateUser', data: ada };
  given(user).thenState(null).when(create).then([created]).thenState({ ...ada, active: true, version: 1 });
  given(user, [created]).when(create).thenRejected({ reason: 'exists' });
  given(user, [created, deactivated]).when(create).thenRejected({ reason: 'exists' });
});

test('an e-mail has an @', () => {
  given(user).when({ type: 'CreateUser', data: { ...ada, email: 'ada.example.com' } }).thenRejected({ reason: 'invalid' });
});

test('a user is renamed, active or not, unless that is the name', () => {
  const rename = { type: 'RenameUser', data: renamed.data };
  given(user, [created]).when(rename).then([renamed]).thenState({ ...ada, name: 'Ada Lovelace', active: true, version: 2 });
  given(user, [created, renamed]).when(rename).then([]);
  given(user, [created, deactivated]).when(rename).thenState({ ...ada, name: 'Ada Lovelace', active: false, version: 3 });
});

test('a user is deactivated once', () => {
  given(user, [created]).when({ type: 'DeactivateUser' }).then([deactivated]).thenState({ ...ada, active: false, version: 2 });
  given(user, [created, deactivated]).when({ type: 'DeactivateUser' }).then([]);
});

test('who was never created is not found', () => {
  given(user).when({ type: 'RenameUser', data: { name: 'Ada' } }).thenRejected({ reason: 'notFound' });
  given(user).when({ type: 'DeactivateUser' }).thenRejected({ reason: 'notFound' });
  given(user, [renamed, deactivated]).thenState(null);
});

/**
 * A TypeScript file as a module, over the package as it ships.
 * @param {string} file
 */
async function compiled(file) {
  const annals = pathToFileURL(`${dist}/index.js`).href;
  const shipped = { name: 'the package as it ships', setup: ({ onResolve }) => onResolve({ filter: /^annals$/ }, () => ({ path: annals, external: true })) };
  const { outputFiles } = await build({ entryPoints: [file], bundle: true, format: 'esm', write: false, plugins: [shipped] });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
