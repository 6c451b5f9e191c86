// Rust programs over the engine that run in a page: each is a wasm module of its own, with the engine in it.
import { join } from 'node:path';
import { modules } from './paths.mjs';
import { emptyFolder, hashOf } from './files.mjs';
import { run } from './run.mjs';
import { bindgen, WASM_TARGET } from './setup.mjs';
import { unlessDone } from './stamp.mjs';
import { compiled, RELEASE } from './engine.mjs';

/** Those among the examples of Cargo.toml. */
const MODULES = /** @type {const} */ (['contract', 'users_web']);

/** For Cargo: everything that there is for wasm. The other examples are native. */
export const FOR_WASM = ['--lib', ...MODULES.flatMap((name) => ['--example', name]), '--target', WASM_TARGET, '--features', 'js'];

/**
 * Makes `target/modules/NAME/NAME.js` and the wasm beside it.
 * @param {typeof MODULES[number]} name
 */
export async function buildModule(name) {
  await run('cargo', ['build', ...RELEASE, '--example', name], { failure: `The example ${name} does not compile.` });
  const wasm = compiled('examples', `${name}.wasm`);
  const folder = join(modules, name);
  return unlessDone(name, hashOf([wasm, bindgen]), [folder], async () => {
    emptyFolder(folder);
    await run(bindgen, [wasm, folder, name], { failure: `wasm-bindgen refused the example ${name}.` });
  });
}
