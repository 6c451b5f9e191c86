// Rust to wasm to the files that the library imports as `#engine/glue` and `#engine/wasm`.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { engine, inRoot, shown, target, tools } from './paths.mjs';
import { emptyFolder, filesIn, hashOf, replaceFolder } from './files.mjs';
import { run } from './run.mjs';
import { bindgen, WASM_TARGET } from './setup.mjs';
import { unlessDone } from './stamp.mjs';
import { GLUE_TYPES, wrapGlue } from './glue.mjs';

/** What rustc made for speed stays so; what can be made smaller at no cost is. */
const WASM_OPT_LEVEL = '-Os';
/** What rustc's wasm target uses by itself; wasm-opt refuses a module that uses more than it was told of. */
const WASM_FEATURES = ['bulk-memory', 'sign-ext', 'nontrapping-float-to-int', 'mutable-globals', 'reference-types', 'multivalue'];
/** ANNALS_NAMES=1 keeps the names of functions, for a profiler. */
const NAMES_FLAGS = process.env['ANNALS_NAMES'] === '1' ? ['-g'] : ['--strip-debug', '--strip-producers'];
/** What `optimise` asks of wasm-opt. */
export const WASM_OPT_FLAGS = [WASM_OPT_LEVEL, ...WASM_FEATURES.map((feature) => `--enable-${feature}`), ...NAMES_FLAGS];

/** The target folder is named, as a developer's own CARGO_TARGET_DIR may lead elsewhere. */
export const RELEASE = ['--quiet', '--release', '--target', WASM_TARGET, '--target-dir', target];
/** Only the package is a module by itself and has the edge to JavaScript: a Rust application that links the engine has neither. */
const AS_PACKAGE = ['--lib', '--crate-type', 'cdylib', '--features', 'js'];
export const compiled = (/** @type {string[]} */ ...parts) => join(target, WASM_TARGET, 'release', ...parts);

/** Compiles the engine; Cargo knows whether there is anything to do. */
export async function compileEngine() {
  await run('cargo', ['rustc', ...RELEASE, ...AS_PACKAGE], { failure: 'The engine does not compile.' });
}

/** Makes `target/engine/` from the compiled engine. */
export async function packEngine() {
  const inputs = hashOf([compiled('annals.wasm'), bindgen, ...filesIn(tools).filter((file) => file.endsWith('.mjs'))], ...WASM_OPT_FLAGS);
  return unlessDone('engine', inputs, [engine], async () => {
    const next = `${engine}.next`;
    emptyFolder(next);
    await run(bindgen, [compiled('annals.wasm'), next, 'generated'], { failure: 'wasm-bindgen refused the engine.' });
    await optimise(join(next, 'generated_bg.wasm'), join(next, 'engine.wasm'));
    await writeGlue(next);
    writeWasmModule(next);
    replaceFolder(next, engine);
  });
}

/**
 * Makes a wasm module smaller.
 * @param {string} from
 * @param {string} to
 */
export async function optimise(from, to) {
  const wasmOpt = inRoot('node_modules', 'binaryen', 'bin', 'wasm-opt');
  await run(process.execPath, [wasmOpt, from, '-o', to, ...WASM_OPT_FLAGS], { failure: `wasm-opt refused ${shown(from)}.` });
}

/** @param {string} folder */
async function writeGlue(folder) {
  // Under a name of its own, as Node would keep the first one it saw under this name; the .mjs makes it a module there.
  const file = join(folder, 'generated.mjs');
  renameSync(join(folder, 'generated.js'), file);
  const exported = Object.keys(await import(pathToFileURL(file).href));
  writeFileSync(join(folder, 'glue.js'), wrapGlue(readFileSync(file, 'utf8'), exported));
  writeFileSync(join(folder, 'glue.d.ts'), GLUE_TYPES);
}

/** @param {string} folder */
function writeWasmModule(folder) {
  const wasm = gzipSync(readFileSync(join(folder, 'engine.wasm')), { level: 9 });
  writeFileSync(join(folder, 'wasm.js'), `export const wasmBase64 = '${wasm.toString('base64')}';\n`);
  writeFileSync(join(folder, 'wasm.d.ts'), '/** The engine, gzipped, as base64. */\nexport const wasmBase64: string;\n');
}
