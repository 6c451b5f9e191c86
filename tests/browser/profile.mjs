// A browser whose data outlive it: what was stored before it was killed is there when it is started again.
import { temporaryFolder, withBrowser } from '../harness/harness.mjs';

/**
 * A folder for a browser, which is gone after the test; before that, no browser runs on it any more.
 * @param {import('node:test').TestContext} t
 */
export async function withProfile(t) {
  const browser = await withBrowser(t);
  /** @type {{ kill: () => Promise<void> }[]} */
  const started = [];
  // What comes after a test is done in this order: a browser that still writes would keep the folder from being removed.
  t.after(() => Promise.all(started.map(({ kill }) => kill())));
  const folder = temporaryFolder(t);
  async function start() {
    const one = await browser.persistentContext(folder);
    started.push(one);
    return one;
  }
  return { folder, start };
}
