/** The version of this copy of the package, as the build puts it here. */
declare const ANNALS_VERSION: string;

/** What is defined carries this. A page may have loaded the package twice, and each copy finds it at what the other has made. */
const BRAND = Symbol.for('annals.definition');

/** This very copy. */
const OWN = { version: ANNALS_VERSION };

/** A definition that tells by which copy of the package it was made. */
export function branded<T extends object>(definition: T): Readonly<T> {
  return Object.freeze(Object.defineProperty(definition, BRAND, { value: OWN }));
}

/** What is said of a definition that another copy of the package has made: what is in it only that copy knows. */
export function madeElsewhere(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const maker = (value as { readonly [BRAND]?: { readonly version?: unknown } })[BRAND];
  if (maker === undefined || maker === OWN) return undefined;
  return `one that was made by another copy of annals, of version ${String(maker.version)} (this one is ${ANNALS_VERSION}): import both from one copy`;
}
