import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { openStore, type Store, type StoreOptions } from 'annals';

const OpenStore = createContext<Store | undefined>(undefined);

/** Opens a store in the browser, and shows what needs it once it is open. `options` are those of the first rendering. */
export function StoreProvider({ options, waiting, children }: { options: StoreOptions; waiting: ReactNode; children: ReactNode }) {
  const [first] = useState(options);
  const [{ store, failure }, set] = useState<{ store?: Store; failure?: { error: unknown } }>({});
  useEffect(() => {
    let isOver = false;
    const opening = openStore(first);
    opening.then(
      (opened) => isOver || set({ store: opened }),
      (error: unknown) => isOver || set({ failure: { error } }),
    );
    return () => {
      // StrictMode comes by here, too: it closes the first store, and opens another.
      isOver = true;
      set({});
      opening.then((opened) => opened.close(), () => {});
    };
  }, [first]);
  if (failure !== undefined) throw failure.error; // for the nearest error boundary
  if (store === undefined) return waiting;
  return <OpenStore.Provider value={store}>{children}</OpenStore.Provider>;
}

export function useStore(): Store {
  const store = useContext(OpenStore);
  if (store === undefined) throw new Error('expected a <StoreProvider> around this component');
  return store;
}
