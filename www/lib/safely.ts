/** Calls somebody. What is thrown is the page's error, which hears of it on its own: it stops nobody else, and not who calls. */
export function safely(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
