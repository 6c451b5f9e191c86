import type { Glue } from '#engine/glue';
import { annalsError, isAnnalsError } from '../errors.ts';
import type { EngineWasm } from './engine-wasm.ts';
import { unpacked } from './packed.ts';

/** Where the engine comes from. */
export type EngineSource = () => Promise<EngineParts>;

/** The engine: its JavaScript and its wasm. */
export interface EngineParts {
  readonly createGlue: (onTrap: (error: unknown) => void) => Glue;
  readonly wasm: EngineWasm;
}

/** Fetched when the first store is opened. */
export const fetchedEngine: EngineSource = async () => {
  const [{ createGlue }, { wasmBase64 }] = await Promise.all([import('#engine/glue'), import('#engine/wasm')]);
  return { createGlue, wasm: unpacked(wasmBase64) };
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
    compiled = undefined; // What failed may work the next time: a file that could not be fetched, say.
    throw isAnnalsError(error) ? error : notLoaded(whyNotStarted(error), error);
  }
}

async function compileEngine(source: EngineSource): Promise<Compiled> {
  const { createGlue, wasm } = await source().catch((error: unknown) => {
    throw isAnnalsError(error) ? error : notLoaded('the engine could not be fetched', error);
  });
  try {
    return { module: await compile(wasm), createGlue };
  } catch (error) {
    if (isAnnalsError(error)) throw error;
    throw notLoaded(isForbidden(error) ? FORBIDDEN : "the engine's wasm is cut short, or another file", error);
  }
}

async function compile(wasm: EngineWasm): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm;
  if (!(wasm instanceof Response)) return WebAssembly.compile(wasm);
  if (!wasm.ok) throw notLoaded('the engine could not be fetched', new Error(`${wasm.url} answered ${wasm.status}`));
  try {
    return await WebAssembly.compileStreaming(wasm);
  } catch (error) {
    // Of another type than it should be (some servers do not know what a .wasm is), or of another make than the platform's own (in a test runner, say).
    if (!(error instanceof TypeError) || wasm.bodyUsed) throw error;
    return WebAssembly.compile(await wasm.arrayBuffer());
  }
}

const FORBIDDEN = "the page's Content-Security-Policy forbids wasm: script-src has to allow 'wasm-unsafe-eval'";

function whyNotStarted(error: unknown): string {
  if (isForbidden(error)) return FORBIDDEN;
  return error instanceof WebAssembly.LinkError ? "the engine's wasm is of another version of annals" : 'the engine does not start';
}

/** Each browser says it in its own words, WebKit only when what was compiled is to start. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && /content.security.policy|\bCSP\b|unsafe-eval/i.test(error.message);
}

function notLoaded(why: string, cause: unknown): Error {
  return annalsError('EngineFailed', `${why}; open the store again once that is mended: ${cause instanceof Error ? cause.message : String(cause)}`, {}, { cause });
}
