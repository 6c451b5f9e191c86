// From a place in the minified package back to the line that somebody wrote.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inRoot } from '../../www/build/paths.mjs';
import { namesIn, packed } from './packed.mjs';

const { folder } = await packed('source-maps');
const names = namesIn(folder);
const read = (name) => readFileSync(join(folder, name), 'utf8');
const mapOf = (name) => JSON.parse(read(`${name}.map`));

test('every script but the wasm has a map, and every map has its sources in it', () => {
  const scripts = names.filter((name) => name.endsWith('.js'));
  assert.ok(scripts.length > 5);
  assert.deepEqual(scripts.filter((name) => !names.includes(`${name}.map`)).map((name) => basename(name).split('-')[0]), ['wasm']);
  for (const name of scripts.filter((name) => names.includes(`${name}.map`))) {
    assert.match(read(name), new RegExp(`^//# sourceMappingURL=${basename(name)}\\.map$`, 'm'));
    const { sources, sourcesContent } = mapOf(name);
    assert.deepEqual(sources.filter((_, n) => typeof sourcesContent[n] !== 'string' || sourcesContent[n] === ''), [], name);
  }
});

test('the place of an error leads to the TypeScript that has thrown it', async () => {
  const { defineAggregate } = await import(pathToFileURL(join(folder, 'dist', 'index.js')).href);
  const error = caught(() => defineAggregate({ name: 'a-b', initialState: () => 0, decide: {}, evolve: {} }));
  const places = error.stack.split('\n').filter((line) => line.includes('/dist/')).map(original);
  assert.equal(places[0].file, 'www/lib/errors.ts', 'where it is made');
  const { file, line, text } = places.find(({ file }) => file !== 'www/lib/errors.ts');
  assert.equal(file, 'www/lib/aggregate.ts');
  assert.match(text, /throw invalidArgument\('definition\.name'/);
  assert.equal(readFileSync(inRoot(...file.split('/')), 'utf8').split('\n')[line], text, 'and that is what is in the repository');
});

/** The line of the source that a line of a stack means. */
function original(frame) {
  const [, url, line, column] = /(file:.*):(\d+):(\d+)/.exec(frame);
  const name = fileURLToPath(url).slice(folder.length + 1).replaceAll('\\', '/');
  const map = mapOf(name);
  const { originalSource, originalLine } = new SourceMap(map).findEntry(line - 1, column - 1);
  const text = map.sourcesContent[map.sources.indexOf(originalSource)].split('\n')[originalLine];
  return { file: join(dirname(name), originalSource).replaceAll('\\', '/'), line: originalLine, text };
}

function caught(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}
