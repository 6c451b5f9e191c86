/** What the browser says of this origin's storage. Where it says nothing, nothing is said. */
export async function browserFigures(): Promise<{ quota?: number; usage?: number; persisted?: boolean }> {
  const storage = storageManager();
  const [estimate, persisted] = await Promise.all([
    storage?.estimate?.().catch(() => undefined),
    storage?.persisted?.().catch(() => undefined),
  ]);
  return {
    ...(estimate?.quota !== undefined && { quota: estimate.quota }),
    ...(estimate?.usage !== undefined && { usage: estimate.usage }),
    ...(persisted !== undefined && { persisted }),
  };
}

/** Asks the browser to keep this origin's data. */
export async function persist(): Promise<boolean> {
  return (await storageManager()?.persist?.().catch(() => false)) ?? false;
}

function storageManager(): Partial<StorageManager> | undefined {
  return typeof navigator === 'undefined' ? undefined : (navigator as Partial<Navigator>).storage;
}
