// Links of the built site: every one leads to a file that is there, and to a place in it; all of them work wherever the site lies.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { manual } from '../../../www/build/paths.mjs';
import { files, pages } from './pages.mjs';

const htmlOf = new Map(pages.map((page) => [page, readFileSync(join(manual, page), 'utf8')]));
const idsOf = new Map([...htmlOf].map(([page, html]) => [page, [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)]));
const links = [...htmlOf].flatMap(([page, html]) => [...html.matchAll(/ (href|src)="([^"]*)"/g)].map(([, kind, link]) => ({ page, kind, link })));

test('the site has its pages', () => {
  assert.ok(pages.length > 40);
  for (const page of ['index.html', 'tutorial.html', 'reference/store.html', 'inside/map.html', 'changelog.html']) assert.ok(pages.includes(page), page);
  assert.ok(links.length > 2_000);
});

test('links lead to files of the site, and to places in them', () => {
  const wrong = links.filter(({ link }) => !/^https?:/.test(link)).filter(({ page, link }) => {
    const [path, anchor] = link.split('#');
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    if (!files.includes(target)) return true;
    return anchor !== undefined && !idsOf.get(target)?.includes(anchor);
  });
  assert.deepEqual(wrong, []);
});

test('links are relative, and name files: they work from a folder', () => {
  const wrong = links.filter(({ link }) => !/^https?:/.test(link)).filter(({ link }) => link.startsWith('/') || /^[a-z]+:/.test(link) || link.split('#')[0].endsWith('/'));
  assert.deepEqual(wrong, []);
});

test('what is loaded is of the site itself', () => {
  const foreign = links.filter(({ kind, link }) => kind === 'src' && /^(?:https?:)?\/\//.test(link));
  assert.deepEqual(foreign, []);
});

test('each id is there once', () => {
  for (const [page, ids] of idsOf) assert.deepEqual(ids.filter((id, n) => ids.indexOf(id) !== n), [], page);
});

test('every page is reached from the first', () => {
  const linked = new Set(links.filter(({ kind }) => kind === 'href').map(({ page, link }) => posix.join(posix.dirname(page), link.split('#')[0])));
  assert.deepEqual(pages.filter((page) => !linked.has(page)), []);
});

test('every page has a title of its own, one first heading, and a sentence for who looks from outside', () => {
  const titles = [...htmlOf].map(([page, html]) => {
    assert.equal(html.match(/<h1\b/g)?.length, 1, page);
    assert.match(html, /<meta name="description" content="[^"]{10,}">/, page);
    return /<title>(.*)<\/title>/.exec(html)[1];
  });
  assert.deepEqual(titles.filter((title, n) => titles.indexOf(title) !== n), []);
});
