import { Counter } from '../../client-slim.js';

/** Rendered by the server each time it is asked for. */
export const dynamic = 'force-dynamic';

export default function Page() {
  return <Counter />;
}
