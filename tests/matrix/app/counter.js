// The page as a component of React, for Vite and for Next.js, whose server renders it before there is any IndexedDB.
import { createElement as h, useEffect, useState } from 'react';
import { count } from './count.js';

/**
 * @param {import('./count.js').Annals} annals
 * @param {Pick<typeof import('annals/react'), 'useLive'>} hooks
 */
export function counterWith(annals, { useLive }) {
  return function Counter() {
    const [isWanted, want] = useState(false);
    const [read, setRead] = useState(0);
    const [opened, setOpened] = useState();
    const [error, setError] = useState();
    useEffect(() => {
      if (!isWanted) return;
      const opening = count(annals, (seen) => setRead(seen.read));
      opening.then(setOpened, setError);
      return () => void opening.then(({ store }) => store.close(), () => {});
    }, [isWanted]);
    const onClick = () => (opened === undefined ? want(true) : opened.append());
    return h('main', null,
      h('button', { onClick }, 'Count'),
      h('output', null, opened === undefined ? String(error ?? 'closed') : h(Seen, { view: opened.view, read })));
  };

  function Seen({ view, read }) {
    const [row] = useLive(view);
    return `read ${read}, live ${row?.count ?? 0}`;
  }
}
