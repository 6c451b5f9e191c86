// Rust programs over the engine that run in a page: each is a wasm module of its own, with the engine in it.
import { join } from 'node:path';
import { modules } from './paths.mjs';
import { emptyFolder, hashOf } from './files.mjs';
import { run } from './run.mjs';
import { bindgen, WASM_TARGET } from './setup.mjs';
import { unlessDone } from './stamp.mjs';
import { compiled, optimise, RELEASE, WASM_OPT_FLAGS } from './engine.mjs';

/** Those among the examples of Cargo.toml. */
const MODULES = /** @type {const} */ (['contract', 'users_web', 'orders']);

/** For Cargo: everything that there is for wasm. The other examples are native. */
export const FOR_WASM = ['--lib', ...MODULES.flatMap((name) => ['--example', name]), '--target', WASM_TARGET, '--features', 'js'];

/**
 * Makes `target/modules/NAME/NAME.js` and the wasm beside it.
 * @param {typeof MODULES[number]} name
 * @param {{ optimised?: boolean }} [options] `optimised`: as the package is, which takes its time
 */
export async function buildModule(name, { optimised = false } = {}) {
  await run('cargo', ['build', ...RELEASE, '--example', name], { failure: `The example ${name} does not compile.` });
  const wasm = compiled('examples', `${name}.wasm`);
  const folder = join(modules, name);
  return unlessDone(name, hashOf([wasm, bindgen], ...(optimised ? WASM_OPT_FLAGS : [])), [folder], async () => {
    emptyFolder(folder);
    await run(bindgen, [wasm, folder, name], { failure: `wasm-bindgen refused the example ${name}.` });
    const bound = join(folder, `${name}_bg.wasm`);
    if (optimised) await optimise(bound, bound);
  });
}
