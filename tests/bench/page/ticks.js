// How long the page keeps anybody waiting: a worker sends a message every millisecond, and each says when it was sent. A message waits as
// a click would. The page itself does nothing but look at the clock, so it stays idle for whoever waits for that.

const WORKER = `
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    Atomics.wait(never, 0, 0, 1);
    postMessage(performance.timeOrigin + performance.now());
  }
`;
/** A merge step aims to be shorter: milliseconds. */
const LONG = 8;

/** Starts watching. @returns `stop()`, which says what was seen, in milliseconds */
export async function watchTicks() {
  const url = URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' }));
  const worker = new Worker(url);
  const seen = { ticks: 0, longest: 0, long: 0, longTasks: 0 };
  const tasks = new PerformanceObserver((list) => (seen.longTasks += list.getEntries().length));

  // The first message says that it runs; how long starting took is not the page's doing.
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = (event) => reject(new Error(`the ticking worker: ${event.message}`));
  });
  tasks.observe({ type: 'longtask' });
  let busyUntil = 0;
  worker.onmessage = ({ data: sent }) => {
    const now = performance.timeOrigin + performance.now();
    seen.ticks += 1;
    seen.longest = Math.max(seen.longest, now - sent);
    // Many messages may have waited for the same thing: it counts once.
    if (now - sent > LONG && sent > busyUntil) {
      seen.long += 1;
      busyUntil = now;
    }
  };

  return {
    async stop() {
      // What was sent while the page was busy just now has yet to arrive.
      await new Promise((resolve) => setTimeout(resolve, 20));
      worker.terminate();
      tasks.disconnect();
      URL.revokeObjectURL(url);
      return seen;
    },
  };
}
