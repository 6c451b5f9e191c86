import type { Glue } from '#engine/glue';
import { engineFailed } from '../errors.ts';

let compiled: Promise<WebAssembly.Module> | undefined;

/**
 * Makes an engine of its own from the one compiled module: what happens to it happens to no other. `onTrap` hears when a task of it
 * throws, after which it answers nothing.
 */
export async function instantiateEngine(onTrap: (error: unknown) => void): Promise<Glue> {
  compiled ??= compileEngine();
  try {
    const [module, { createGlue }] = await Promise.all([compiled, import('#engine/glue')]);
    const glue = createGlue(onTrap);
    glue.initSync({ module });
    return glue;
  } catch (error) {
    compiled = undefined; // What failed may work the next time: a chunk that could not be fetched, say.
    throw engineFailed(error);
  }
}

async function compileEngine(): Promise<WebAssembly.Module> {
  const { wasmBase64 } = await import('#engine/wasm');
  const packed = Uint8Array.from(atob(wasmBase64), (character) => character.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return WebAssembly.compile(await new Response(unpacked).arrayBuffer());
}
