/**
 * Calls back when the page is hidden: it may never be seen again, and is told nothing more. Answers with what ends that; a worker is never
 * hidden.
 */
export function whenHidden(call: () => void): () => void {
  if (typeof document === 'undefined' || typeof addEventListener !== 'function') return () => {};
  const hear = ({ type }: Event): void => {
    // A page that is left still counts as visible while it is told so.
    if (type === 'pagehide' || document.visibilityState === 'hidden') call();
  };
  addEventListener('pagehide', hear);
  document.addEventListener('visibilitychange', hear);
  return () => {
    removeEventListener('pagehide', hear);
    document.removeEventListener('visibilitychange', hear);
  };
}
