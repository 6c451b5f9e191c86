// The pages of the documentation: what they point to is there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { inRoot } from '../../www/build/paths.mjs';
import { PAGES as OURS } from './blocks.mjs';

const PAGES = [...OURS, 'CHANGELOG.md', 'src/README.md', 'src/DESIGN.md', 'src/log/codec/FORMAT.md', 'src/backup/FORMAT.md', 'src/storage/file/FORMAT.md', 'tests/fixtures/README.md', 'tests/examples/users/README.md'];
/** What begins so in backticks is a path from the project's root. */
const FROM_ROOT = /`((?:src|www|tests)\/[\w./*-]+)`/g;
/** On the map, and in the reasons, such a path begins in src/. */
const FROM_SRC = /`((?:model|storage|log|backup|engine|testing|wasm|cli)\/[\w./*-]*)`/g;

for (const page of PAGES) {
  test(`what ${page} points to is there`, () => {
    const text = readFileSync(inRoot(...page.split('/')), 'utf8').replaceAll(/^```[^]*?^```$/gm, '');
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link).filter((link) => !/^(?:https?|ref):/.test(link));
    const missing = [
      ...links.filter((link) => !leadsSomewhere(page, link)),
      ...named(text, FROM_ROOT).filter((path) => !existsSync(inRoot(...path.split('/')))),
      ...named(text, FROM_SRC).filter((path) => !existsSync(inRoot('src', ...path.split('/')))),
    ];
    assert.deepEqual(missing, []);
  });

  test(`${page} names nothing of the machine that it was written on`, () => {
    const text = readFileSync(inRoot(...page.split('/')), 'utf8');
    assert.doesNotMatch(text, /\/(?:home|root|work|tmp|Users)\/|localhost:\d/);
  });
}

function named(text, pattern) {
  return [...text.matchAll(pattern)].map(([, path]) => path).filter((path) => !path.includes('*'));
}

function leadsSomewhere(page, link) {
  const [path, anchor] = link.split('#');
  const here = inRoot(...page.split('/'));
  const file = path === '' ? here : path.startsWith('/') ? inRoot(...path.slice(1).split('/')) : join(dirname(here), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || anchors(readFileSync(file, 'utf8')).includes(anchor);
}

/** As GitHub makes them of headings. */
function anchors(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}
