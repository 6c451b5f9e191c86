/** The deepest nesting that data may have. */
export const MAX_DEPTH = 1000;

/** Why a value would not come back equal, and where. */
export interface Fault {
  /** Keys and indices, from the value inwards. */
  readonly path: (string | number)[];
  readonly expected: string;
  readonly found: string;
}

/**
 * Why a value would not come back equal from JSON, if so. Members that are `undefined` are left out, as JSON does; `-0` comes
 * back as `0`, which is equal.
 */
export function faultOf(value: unknown): Fault | undefined {
  const fault = look(value, 0);
  return fault === tooDeep ? { ...tooDeep, path: [], found: isCyclic(value) ? 'a cycle' : tooDeep.found } : fault;
}

/**
 * What of a value that {@link faultOf} has nothing against would come back equal, but not the same: a member that is `undefined` or not
 * enumerable would be gone, one that is computed would be fixed, `-0` would be `0`, an object without a prototype would have one.
 */
export function changeOf(value: unknown): Fault | undefined {
  if (value === undefined) return fault('a value, or no such member', 'undefined');
  if (Object.is(value, -0)) return fault('0', '-0');
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.getPrototypeOf(value) === null) return fault('a plain object', 'one without a prototype');
  const isArray = Array.isArray(value);
  const keys = Object.keys(value);
  if (Object.getOwnPropertyNames(value).length > keys.length + Number(isArray)) return fault('members that are enumerable', 'one that is not');
  for (const key of keys) {
    const found = isComputed(value, key) ? fault('a value', 'a getter or setter') : changeOf((value as Record<string, unknown>)[key]);
    if (found !== undefined) return inside(isArray ? Number(key) : key, found);
  }
  return undefined;
}

function isComputed(object: object, key: string): boolean {
  return Object.getOwnPropertyDescriptor(object, key)?.writable === undefined;
}

/** A path as a person writes it: `data.items[3].price`. */
export function pathText(root: string, path: readonly (string | number)[]): string {
  const part = (key: string | number): string => {
    if (typeof key === 'number') return `[${key}]`;
    return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  };
  return root + path.map(part).join('');
}

/** Whether a text has no half of a surrogate pair alone: such a text has no UTF-8. */
export function isWellFormed(text: string): boolean {
  return wellFormed.call(text);
}

const wellFormed: (this: string) => boolean =
  (String.prototype as { isWellFormed?: () => boolean }).isWellFormed ??
  function (this: string) {
    return !/\p{Surrogate}/u.test(this);
  };

const hasOwn = Object.prototype.hasOwnProperty;

const tooDeep: Fault = { path: [], expected: `at most ${MAX_DEPTH} levels`, found: 'more' };

/** The way in is paid by every event, so nothing is made until something is wrong. */
function look(value: unknown, depth: number): Fault | undefined {
  switch (typeof value) {
    case 'string':
      return wellFormed.call(value) ? undefined : fault('well-formed Unicode', 'half of a surrogate pair alone');
    case 'number':
      return Number.isFinite(value) ? undefined : fault('a finite number', String(value));
    case 'boolean':
      return undefined;
    case 'object':
      if (value === null) return undefined;
      if (depth >= MAX_DEPTH) return tooDeep;
      return Array.isArray(value) ? lookAtArray(value, depth + 1) : lookAtObject(value, depth + 1);
    default:
      return fault('JSON', value === undefined ? 'undefined' : `a ${typeof value}`);
  }
}

function lookAtArray(array: readonly unknown[], depth: number): Fault | undefined {
  if (!isPlainArray(array)) return fault('a plain array', nameOf(array));
  if (hasToJson(array)) return fault('data that is stored as it is', 'a toJSON function');
  for (let index = 0; index < array.length; index++) {
    const found = look(array[index], depth);
    if (found !== undefined) return inside(index, found);
  }
  if (Object.keys(array).length !== array.length) return fault('an array of elements alone', 'other members too');
  return Object.getOwnPropertySymbols(array).length === 0 ? undefined : fault('keys that are text', 'a symbol');
}

function lookAtObject(object: object, depth: number): Fault | undefined {
  if (!isPlain(object)) return fault(object instanceof Date ? 'JSON (a date as text, say)' : 'a plain object', nameOf(object));
  if (hasToJson(object)) return fault('data that is stored as it is', 'a toJSON function');
  for (const key in object) {
    // Written so, engines know that a key of this very loop is the object's own.
    if (!hasOwn.call(object, key)) continue;
    const value: unknown = (object as Record<string, unknown>)[key];
    if (value === undefined) continue;
    const found = wellFormed.call(key) ? look(value, depth) : fault('a key of well-formed Unicode', 'half of a surrogate pair alone');
    if (found !== undefined) return inside(key, found);
  }
  return Object.getOwnPropertySymbols(object).length === 0 ? undefined : fault('keys that are text', 'a symbol');
}

/** Of this realm or another (a frame, a test runner): what matters is that nothing is inherited but the root's members. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

/** The root of all arrays is an array itself, in every realm; the prototype of a class of arrays is not. */
function isPlainArray(array: readonly unknown[]): boolean {
  const prototype: unknown = Object.getPrototypeOf(array);
  return prototype === Array.prototype || Array.isArray(prototype);
}

/** Not always seen by a loop over the members, and it would put something else in the value's place. */
function hasToJson(object: object): boolean {
  return 'toJSON' in object && typeof object.toJSON === 'function';
}

function nameOf(object: object): string {
  const { constructor } = object as { constructor?: { name?: unknown } };
  return typeof constructor?.name === 'string' && constructor.name !== '' ? `an instance of ${constructor.name}` : 'an instance of a class';
}

function fault(expected: string, found: string): Fault {
  return { path: [], expected, found };
}

function inside(key: string | number, found: Fault): Fault {
  if (found !== tooDeep) found.path.unshift(key);
  return found;
}

/** Whether an object contains itself, at any depth. Only asked of what is too deep. */
function isCyclic(root: unknown): boolean {
  const open = new Set<unknown>();
  const closed = new Set<unknown>();
  const visit = (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null || closed.has(value)) return false;
    if (open.has(value)) return true;
    if (open.size > MAX_DEPTH) return false;
    open.add(value);
    const found = Object.values(value).some(visit);
    open.delete(value);
    closed.add(value);
    return found;
  };
  return visit(root);
}
