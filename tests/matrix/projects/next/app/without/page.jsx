import { Counter } from '../../client-without.js';

export const dynamic = 'force-dynamic';

export default function Page() {
  return <Counter />;
}
