import type { Glue } from '#engine/glue';
import { engineFailed } from '../errors.ts';

/** Where the engine comes from. */
export type EngineSource = () => Promise<EngineParts>;

/** The engine as it is packed: its JavaScript, and its wasm, gzipped and in base64. */
export interface EngineParts {
  readonly createGlue: (onTrap: (error: unknown) => void) => Glue;
  readonly wasmBase64: string;
}

/** Fetched when the first store is opened. */
export const fetchedEngine: EngineSource = async () => {
  const [{ createGlue }, { wasmBase64 }] = await Promise.all([import('#engine/glue'), import('#engine/wasm')]);
  return { createGlue, wasmBase64 };
};

interface Compiled {
  readonly module: WebAssembly.Module;
  readonly createGlue: EngineParts['createGlue'];
}

let compiled: Promise<Compiled> | undefined;

/**
 * Makes an engine of its own from the one compiled module: what happens to it happens to no other. `onTrap` hears when a task of it
 * throws, after which it answers nothing.
 */
export async function instantiateEngine(source: EngineSource, onTrap: (error: unknown) => void): Promise<Glue> {
  compiled ??= compileEngine(source);
  try {
    const { module, createGlue } = await compiled;
    const glue = createGlue(onTrap);
    glue.initSync({ module });
    return glue;
  } catch (error) {
    compiled = undefined; // What failed may work the next time: a chunk that could not be fetched, say.
    throw engineFailed(error);
  }
}

/** Unpacks and compiles at once. */
async function compileEngine(source: EngineSource): Promise<Compiled> {
  const { createGlue, wasmBase64 } = await source();
  const unpacked = new Blob([bytesOf(wasmBase64)]).stream().pipeThrough(new DecompressionStream('gzip'));
  const response = new Response(unpacked, { headers: { 'Content-Type': 'application/wasm' } });
  return { module: await WebAssembly.compileStreaming(response), createGlue };
}

/** Browsers' own way, or a loop: `Uint8Array.from` asks an iterator and a function for each of 700,000 characters, which takes 40 ms. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as { readonly fromBase64?: (base64: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64 !== undefined) return fromBase64.call(Uint8Array, base64);
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let n = 0; n < bytes.length; n++) bytes[n] = characters.charCodeAt(n);
  return bytes;
}
