// Where things are. Everything the build makes is under target/ or dist/.
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @param {...string} parts */
export const inRoot = (...parts) => join(root, ...parts);

export const tools = inRoot('www', 'build');
export const library = inRoot('www', 'lib');
export const demo = inRoot('www', 'demo');
export const target = inRoot('target');
export const engine = inRoot('target', 'engine');
export const modules = inRoot('target', 'modules');
export const site = inRoot('target', 'site');
export const dist = inRoot('dist');
/** The pages that people read: their Markdown, and the site that is made of them. */
export const docs = inRoot('www', 'docs');
export const manual = inRoot('site');

/**
 * A path as a person reads it: from the project's root, with forward slashes.
 * @param {string} path
 */
export const shown = (path) => relative(root, path).split(sep).join('/');
