// annals as a Rust application has it: the order's rules in Rust, in one wasm module with the engine (`orders.rs`). It reads what the package has
// written.

import { idOf } from './orders.js';

/** Compiled once, as the package is. */
let compiled;
let instances = 0;

/** Each store has an instance of its own, as each of the package has. */
async function instantiate() {
  compiled ??= WebAssembly.compileStreaming(fetch('/orders/orders_bg.wasm'));
  const module = await import(`/orders/orders.js?${instances++}`);
  module.initSync({ module: await compiled });
  return module;
}

export async function open(name) {
  const { open } = await instantiate();
  const orders = await open(name);

  return {
    load: async (streamId) => JSON.parse(await orders.load(idOf(streamId))),
    replay: async (streamId) => JSON.parse(await orders.replay(idOf(streamId))),
    close: () => orders.close(),
  };
}
