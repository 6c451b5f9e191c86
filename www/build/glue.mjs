// wasm-bindgen's JavaScript keeps its one instance in module variables, and a second initialisation returns the first
// instance. Every store needs an instance of its own, so the whole module is put inside a function: `createGlue()`.
import { Stop } from './log.mjs';

/** Loading the wasm is the library's business: it compiles once and hands every factory the same module. */
const LOADER = [
  /^async function __wbg_load\([^]*?^}\n\n?/m,
  /^let __wbg_init_promise;\n/m,
  /^async function __wbg_init\([^]*?^}\n\n?/m,
  /^async function __wbg_init_once\([^]*?^}\n\n?/m,
];
const SELF_TYPES = /^\/\* @ts-self-types=.*\*\/\n\n?/m;
const FINAL_EXPORT = /^export \{ initSync, __wbg_init as default \};\n?/m;
/**
 * Tasks of the engine run as microtasks, where nobody would catch a trap, and whoever waits for the engine would wait for ever. The
 * glue calls this instead of the platform's function of the same name.
 */
const TASKS = `const queueMicrotask = (task) => globalThis.queueMicrotask(() => {
  try {
    task();
  } catch (error) {
    onTrap(error);
    throw error;
  }
});
`;
const TASK_CALL = /\bqueueMicrotask\(arg0\)/;
const EXPORTED = /^export (?:async )?(?:function|class|const) ([A-Za-z_$][\w$]*)/gm;

/**
 * Wraps generated glue into a factory.
 * @param {string} generated the module that wasm-bindgen wrote
 * @param {readonly string[]} exported the names that the module really exports, from importing it
 * @returns {string}
 */
export function wrapGlue(generated, exported) {
  const names = [...generated.matchAll(EXPORTED)].map((match) => match[1] ?? '');
  let body = generated.replace(EXPORTED, (text) => text.slice('export '.length));
  for (const part of [SELF_TYPES, ...LOADER, FINAL_EXPORT]) body = without(body, part);
  checkShape(body, names, exported);
  return `export function createGlue(onTrap) {\n${TASKS}${body}return { initSync, ${names.join(', ')} };\n}\n`;
}

/** The declarations beside it. `generated.d.ts` is wasm-bindgen's own. */
export const GLUE_TYPES = `import type * as generated from './generated.js';
export type * from './generated.js';
/** Everything the engine exports, bound to one instance. Call \`initSync({ module })\` first. */
export type Glue = Omit<typeof generated, 'default'>;
/** A fresh, uninitialised instance of the glue. \`onTrap\` hears of a task of the engine that throws: the instance is done for. */
export function createGlue(onTrap: (error: unknown) => void): Glue;
`;

/**
 * @param {string} text
 * @param {RegExp} part
 */
function without(text, part) {
  if (!part.test(text)) throw unknownShape(`nothing in it matches ${part}`);
  return text.replace(part, '');
}

/**
 * @param {string} body
 * @param {readonly string[]} names
 * @param {readonly string[]} exported
 */
function checkShape(body, names, exported) {
  if (!TASK_CALL.test(body)) throw unknownShape(`nothing in it matches ${TASK_CALL}`);
  const left = /^(?:export|import)\b.*/m.exec(body) ?? /.*(?:\bimport\.meta\b|__wbg_init_promise|__wbg_load).*/.exec(body);
  if (left !== null) throw unknownShape(`this line is new: ${left[0].trim()}`);
  const real = exported.filter((name) => name !== 'default' && name !== 'initSync').sort();
  if (real.join() !== [...names].sort().join()) throw unknownShape(`it exports ${real.join(', ')}, found were ${names.join(', ')}`);
}

/** @param {string} detail */
const unknownShape = (detail) => new Stop(`The JavaScript that wasm-bindgen wrote has a shape that www/build/glue.mjs does not know: ${detail}.`);
