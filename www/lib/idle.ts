/** How long it is waited for an idle page, in ms; then it counts as idle all the same. */
const LIMIT_MS = 2000;

/** How long it is waited where the browser does not tell that a page is idle, in ms. */
const FALLBACK_MS = 200;

/** Until the page has nothing else to do, as far as the browser tells. */
export function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => resolve(), { timeout: LIMIT_MS });
    else setTimeout(resolve, FALLBACK_MS);
  });
}
