// The stores of the growth bench: one for each size and contender, each built by the contender itself and each in an origin of its
// own, as the browser keeps all databases of an origin in the same files.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { dist } from '../../../www/build/paths.mjs';
import { isLeftOut } from '../options.mjs';
import { progress } from '../output.mjs';

const PREFIX = 'growth ';
const CONTENDERS = [
  { label: 'annals', opens: 'annals' },
  { label: 'by hand', opens: 'handwritten' },
];

/** @returns the stores, smallest first: `{ events, label, opens, origin, name }[]` */
export function storesOf({ sizes, without }) {
  const contenders = CONTENDERS.filter(({ label }) => !isLeftOut(label, without));
  return sizes.flatMap((events) => contenders.map(({ label, opens }) => (
    { events, label, opens, origin: `${opens}-${events}`, name: nameOf(opens, events) }
  )));
}

/** Builds a store that is not there. */
export async function build(page, { events, label, opens, name }) {
  await page.call('removeOthers', PREFIX, [name]);
  if (await page.call('isBuilt', name, opens, events)) return;
  progress(`building ${label}, ${events.toLocaleString('en')} events`);
  await page.call('build', name, opens, events);
}

/** What annals stores is of use to the same build of annals only. */
const nameOf = (opens, events) => `${PREFIX}${opens}${opens === 'annals' ? ` ${buildOfAnnals()}` : ''} ${events}`;

/** The entry of dist/ names its other files by what is in them. */
const buildOfAnnals = () => createHash('sha256').update(readFileSync(`${dist}/index.js`)).digest('hex').slice(0, 12);
