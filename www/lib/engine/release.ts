/**
 * Gives an object of the engine back. One that is still at work, or whose engine has failed, cannot be given back: then the garbage
 * collector does it.
 */
export function release(object: { free(): void }): void {
  try {
    object.free();
  } catch {
    // As said.
  }
}
