// What decides which packages are installed: for the project itself, and for those of the matrix.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inRoot } from '../../www/build/paths.mjs';

const projects = inRoot('tests', 'matrix', 'projects');
const folders = [inRoot(), ...readdirSync(projects).map((name) => join(projects, name))];
const read = (...parts) => JSON.parse(readFileSync(join(...parts), 'utf8'));

test('no lock file says where packages come from: that is for whoever installs', () => {
  const locks = folders.filter((folder) => existsSync(join(folder, 'package-lock.json')));
  assert.ok(locks.length > 4);
  for (const folder of locks) {
    const { packages } = read(folder, 'package-lock.json');
    assert.deepEqual(Object.keys(packages).filter((name) => 'resolved' in packages[name]), [], folder);
  }
});

test('the projects of the matrix name exact versions, and their lock files the same', () => {
  for (const folder of folders.slice(1)) {
    const { dependencies = {}, devDependencies = {} } = read(folder, 'package.json');
    const wanted = { ...dependencies, ...devDependencies };
    if (Object.keys(wanted).length === 0) continue;
    const { packages } = read(folder, 'package-lock.json');
    const locked = Object.fromEntries(Object.keys(wanted).map((name) => [name, packages[`node_modules/${name}`]?.version]));
    assert.deepEqual(wanted, locked, folder);
  }
});
