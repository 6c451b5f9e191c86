// annals as a Rust application has it: the rules in Rust, in one wasm module with the engine (`orders.rs`, `summaries.rs`). It reads what the package
// has written.

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

export async function open(name, durability, { views = [] } = {}) {
  const module = await instantiate();
  return views.length === 0 ? openOrders(module, name) : openSummaries(module, name);
}

async function openOrders(module, name) {
  const orders = await module.open(name);

  return {
    load: async (streamId) => JSON.parse(await orders.load(idOf(streamId))),
    replay: async (streamId) => JSON.parse(await orders.replay(idOf(streamId))),
    close: () => orders.close(),
  };
}

/** Of the projections there is this one. */
async function openSummaries(module, name) {
  const summaries = await module.openSummaries(name);

  return {
    async fold() {
      await summaries.rebuild();
      return () => JSON.parse(summaries.rows());
    },
    close: () => summaries.close(),
  };
}
