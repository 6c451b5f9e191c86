// Makes sure that the tools are there: Node, Cargo, the wasm target, the npm packages and our own bindgen.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { inRoot, target, tools } from './paths.mjs';
import { npm, run, works } from './run.mjs';
import { step, Stop } from './log.mjs';

export const WASM_TARGET = 'wasm32-unknown-unknown';
const NODE_NEEDED = '20.11.0';
const RUSTUP = 'https://rustup.rs';

/** The program that writes the JavaScript side of a wasm module; see www/build/bindgen. */
export const bindgen = join(target, 'bindgen', 'debug', process.platform === 'win32' ? 'annals-bindgen.exe' : 'annals-bindgen');

/** Everything a build needs. */
export async function setUp() {
  checkNode();
  await checkRust();
  await addWasmTarget();
  await installPackages();
}

/** Everything a build needs, and what only `npm run check` uses. */
export async function setUpForCheck() {
  await setUp();
  for (const tool of ['rustfmt', 'clippy']) await addComponent(tool);
}

function checkNode() {
  if (isOlder(process.versions.node, NODE_NEEDED)) throw new Stop(`Node ${NODE_NEEDED} or newer is needed; this is ${process.versions.node}.`);
}

async function checkRust() {
  if (!(await works('cargo', ['--version']))) throw new Stop(`Cargo is not there. Install Rust from ${RUSTUP} and run this again.`);
  const needed = /^rust-version = "(.*)"/m.exec(readFileSync(inRoot('Cargo.toml'), 'utf8'))?.[1] ?? '0';
  const found = /rustc (\S+)/.exec(await run('rustc', ['--version']))?.[1] ?? '0';
  if (isOlder(found, needed)) throw new Stop(`Rust ${needed} or newer is needed; this is ${found}. Run \`rustup update stable\`.`);
}

async function addWasmTarget() {
  // Asks the compiler, not rustup: a Rust that came without rustup may have the target too.
  const folder = (await run('rustc', ['--print', 'target-libdir', '--target', WASM_TARGET])).trim();
  if (existsSync(folder)) return;
  if (!(await works('rustup', ['--version']))) {
    throw new Stop(`Rust's ${WASM_TARGET} target is not there, and neither is rustup to add it. Install Rust from ${RUSTUP}.`);
  }
  await step(`adding Rust's ${WASM_TARGET} target`, async () => {
    await run('rustup', ['target', 'add', WASM_TARGET], { failure: `rustup could not add the ${WASM_TARGET} target.` });
  });
}

/** @param {string} tool */
async function addComponent(tool) {
  const command = tool === 'rustfmt' ? 'fmt' : tool;
  if (await works('cargo', [command, '--version'])) return;
  await step(`adding ${tool}`, async () => {
    await run('rustup', ['component', 'add', tool], { failure: `\`cargo ${command}\` is not there and rustup could not add it.` });
  });
}

async function installPackages() {
  const installed = inRoot('node_modules', '.package-lock.json');
  const wanted = inRoot('package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  await step('installing npm packages', async () => {
    await npm(['ci', '--no-audit', '--no-fund'], { failure: 'npm could not install the packages.' });
  });
}

/** Builds our bindgen; Cargo knows whether there is anything to do. */
export async function buildBindgen() {
  const manifest = join(tools, 'bindgen', 'Cargo.toml');
  const args = ['build', '--quiet', '--manifest-path', manifest, '--target-dir', join(target, 'bindgen')];
  await run('cargo', args, { failure: 'The bindgen tool does not compile.' });
}

/**
 * @param {string} version
 * @param {string} than
 */
export function isOlder(version, than) {
  const [left, right] = [version, than].map((text) => text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < 3; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
