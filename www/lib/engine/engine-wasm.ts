/** The engine's wasm: a response, which is compiled as it comes, its bytes, or what was compiled already. */
export type EngineWasm = Response | BufferSource | WebAssembly.Module;
