// What the search finds first: guides for a word, the reference for a name, and the page with the answer for words that nobody wrote there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import MiniSearch from 'minisearch';
import { asking, SEARCH } from '../../../www/build/docs/page/search-fields.mjs';
import { manual } from '../../../www/build/paths.mjs';

const sandbox = { annalsSearchIndex: '' };
runInNewContext(readFileSync(join(manual, 'assets', 'search-index.js'), 'utf8'), sandbox);
const index = MiniSearch.loadJSON(sandbox.annalsSearchIndex, SEARCH);
const found = (text) => index.search(text, asking(text)).map(({ url }) => url);

test('words that are on no page lead to the one that has the answer', () => {
  const PLACES = {
    deploy: 'guides/versioning.html#deploying-it',
    migration: 'guides/versioning.html',
    migrate: 'guides/versioning.html',
    schema: 'guides/versioning.html',
    'rename field': 'guides/versioning.html',
    GDPR: 'guides/security.html#erasing',
    delete: 'guides/security.html#erasing',
    erase: 'guides/security.html#erasing',
    HMR: 'guides/frameworks.html#hot-reload',
    'hot reload': 'guides/frameworks.html#hot-reload',
    saga: 'guides/modelling.html#rules-between-things',
    'process manager': 'guides/modelling.html#rules-between-things',
    backup: 'guides/backup.html',
    restore: 'guides/backup.html',
    offline: 'index.html#who-it-is-for',
    sync: 'index.html#not-for-you-if',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(PLACES).map((words) => [words, found(words)[0]])), PLACES);
});

test('a word finds a guide before the reference, and that before what is for who builds annals', () => {
  for (const word of ['aggregate', 'view', 'projection', 'dispatch', 'snapshot', 'tab', 'conflict', 'condition', 'merge', 'repair', 'import', 'export', 'persist', 'react', 'quota']) {
    assert.match(found(word)[0] ?? '', /^(?:guides\/|tutorial)/, word);
  }
  assert.deepEqual(['aggregate', 'view', 'tab'].map((word) => found(word)[0]), ['guides/aggregates.html', 'guides/views.html', 'guides/tabs.html']);
  const where = found('snapshot').map((url) => url.split('/')[0]);
  assert.ok(where.indexOf('reference') < where.indexOf('inside'));
});

test('a name finds its place in the reference', () => {
  const names = { openStore: 'store.html#openstore', readStream: 'store.html#store-readstream', appendMany: 'store.html#store-appendmany', AnnalsError: 'errors.html#annalserror', useLive: 'frameworks.html#uselive' };
  for (const [name, place] of Object.entries(names)) assert.ok(found(name)[0]?.startsWith(`reference/${place}`), `${name}: ${found(name)[0]}`);
});
