/** What somebody else's code has thrown, as a text. Anything can be thrown, also what cannot be made one. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'what was thrown is no text';
  }
}
