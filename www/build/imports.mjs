// The arrows between the TypeScript folders go one way: the demo uses the package, the package uses the engine.
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve, sep } from 'node:path';
import { demo, library, shown } from './paths.mjs';
import { filesIn } from './files.mjs';
import { PEERS } from './library.mjs';
import { Stop } from './log.mjs';

const RULES = [
  { folder: library, packages: ['#engine/glue', '#engine/wasm'], says: 'www/lib imports only its own files, #engine/* and, where it is for a framework, that' },
  { folder: demo, packages: ['annals'], says: "www/demo imports only 'annals' and its own files" },
];
// Not behind a quote or a point: 'from' is also a word that strings hold, and the name of an option.
const SPECIFIER = /(?<!['".])\b(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g;

/** Stops at imports that go against the rules. */
export function checkImportDirections() {
  const found = RULES.flatMap((rule) => filesIn(rule.folder).flatMap((file) => wrongImports(file, rule)));
  if (found.length > 0) throw new Stop('Imports go the wrong way.', found.join('\n'));
}

/**
 * @param {string} file
 * @param {typeof RULES[number]} rule
 */
function wrongImports(file, { folder, packages, says }) {
  if (!/\.(ts|mts|js|mjs)$/.test(file)) return [];
  const named = [...withoutComments(readFileSync(file, 'utf8')).matchAll(SPECIFIER)].map((match) => match[1] ?? '');
  // An entry for a framework, which has its name, uses that.
  const framework = folder === library ? basename(file, '.ts') : '';
  const isUsed = (/** @type {string} */ name) => packages.includes(name) || (PEERS.includes(framework) && name.split('/')[0] === framework);
  const stays = (/** @type {string} */ name) => (name.startsWith('.') ? resolve(dirname(file), name).startsWith(folder + sep) : isUsed(name));
  return named.filter((name) => !stays(name)).map((name) => `${shown(file)} imports '${name}': ${says}.`);
}

/** @param {string} text */
const withoutComments = (text) => text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
