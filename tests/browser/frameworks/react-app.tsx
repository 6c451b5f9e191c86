import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { useLive } from 'annals/react';
import { store, totals } from './react-module';

function Totals() {
  const rows = useLive(store.view(totals), { orderBy: 'account' });
  const earned = { type: 'Moved', data: { account: 'ada', amount: 1 } };
  return (
    <>
      <button onClick={() => void store.append('moves', [earned], { expectedRevision: 'any' })}>Earn</button>
      <ol>{rows.map(({ account, total }) => <li key={account}>{account}: {total}</li>)}</ol>
    </>
  );
}

createRoot(document.querySelector('#app') as HTMLElement).render(<StrictMode><Totals /></StrictMode>);
