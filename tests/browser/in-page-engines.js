// Engines that fail when a test wants them to. A page loads it from /tests/in-page-engines.js; tests in Node import it too.

/** What a dead instance can still do without a trap: memory is given back, and nobody comes back to its tasks. */
const HARMLESS = /free|^__|closures.*invoke/;

/** The engines that are made from now on, in order; `restore` ends the watch. */
export function watchEngines() {
  const { Instance } = WebAssembly;
  const engines = [];
  WebAssembly.Instance = function (module, imports) {
    const engine = breakable(new Instance(module, imports).exports);
    engines.push(engine);
    return engine;
  };
  return Object.assign(engines, { restore: () => void (WebAssembly.Instance = Instance) });
}

function breakable(real) {
  const state = { dead: false, taskTraps: false, panicked() {} };
  const wrap = ([name, value]) => {
    if (typeof value !== 'function') return [name, value];
    const isTask = /closures.*invoke/.test(name);
    const call = (...args) => {
      if (state.dead && isTask) return [];
      if (state.dead ? !HARMLESS.test(name) : isTask && state.taskTraps) throw trapped(state);
      if (name === 'engine_open') state.panicked = (message) => args[1].panicked(message);
      return value(...args);
    };
    return [name, call];
  };
  return {
    exports: Object.fromEntries(Object.entries(real).map(wrap)),
    /** From now on every call of it traps. */
    trap: () => void (state.dead = true),
    /** The next thing that it does by itself traps, as when memory runs out: there is no panic to tell of. */
    trapInTask: () => void (state.taskTraps = true),
    /** It panics now: it tells its host, as the engine's panic hook does, and every later call traps. */
    panic(message) {
      state.dead = true;
      state.panicked(message);
    },
  };
}

function trapped(state) {
  state.dead = true;
  return new WebAssembly.RuntimeError('unreachable');
}
