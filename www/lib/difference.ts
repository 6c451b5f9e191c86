/** Around a change so many lines that are the same are shown. */
const CONTEXT = 3;

/** The most lines that are compared one by one: what is longer is shown whole. */
const MAX_LINES = 2000;

/** A value as text, one line for each member, whatever the order of its keys. What contains itself is named there, not shown again. */
export function shown(value: unknown, indent = '', inside: readonly unknown[] = []): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '0' : String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (inside.includes(value)) return '(itself)';
  const inner = `${indent}  `;
  const show = (one: unknown): string => shown(one, inner, [...inside, value]);
  if (Array.isArray(value)) return listed('[', value.map(show), ']', indent);
  if (value instanceof Map || value instanceof Set) return listed(`${value.constructor.name} [`, [...value].map(show), ']', indent);
  if (value instanceof Date) return `Date ${value.toJSON()}`;
  // A member that is undefined is left out, as JSON does.
  const members = Object.entries(value).filter(([, one]) => one !== undefined).sort(([one], [other]) => (one < other ? -1 : 1));
  return listed('{', members.map(([key, one]) => `${JSON.stringify(key)}: ${show(one)}`), '}', indent);
}

/** Two texts, line by line: `-` what only the first has, `+` what only the second has. */
export function difference(first: string, second: string): string {
  const [ones, others] = [first.split('\n'), second.split('\n')];
  const lines = ones.length > MAX_LINES || others.length > MAX_LINES ? [...ones.map((line) => `- ${line}`), ...others.map((line) => `+ ${line}`)] : compared(ones, others);
  const isNear = (n: number): boolean => lines.slice(Math.max(0, n - CONTEXT), n + CONTEXT + 1).some((line) => !line.startsWith(' '));
  const kept = lines.map((line, n) => (isNear(n) ? line : undefined));
  return kept.flatMap((line, n) => line ?? (kept[n - 1] === undefined && n > 0 ? [] : ['  …'])).join('\n');
}

function listed(open: string, items: readonly string[], close: string, indent: string): string {
  return items.length === 0 ? open + close : `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`;
}

/** By the longest common subsequence of their lines. */
function compared(ones: readonly string[], others: readonly string[]): string[] {
  const width = others.length + 1;
  const lengths = new Uint32Array((ones.length + 1) * width);
  const at = (n: number, m: number): number => lengths[n * width + m] as number;
  for (let n = ones.length - 1; n >= 0; n--) {
    for (let m = others.length - 1; m >= 0; m--) {
      lengths[n * width + m] = ones[n] === others[m] ? at(n + 1, m + 1) + 1 : Math.max(at(n + 1, m), at(n, m + 1));
    }
  }
  const lines: string[] = [];
  let [n, m] = [0, 0];
  while (n < ones.length || m < others.length) {
    if (n < ones.length && m < others.length && ones[n] === others[m]) {
      lines.push(`  ${ones[n++]}`);
      m++;
    } else if (m === others.length || (n < ones.length && at(n + 1, m) >= at(n, m + 1))) lines.push(`- ${ones[n++]}`);
    else lines.push(`+ ${others[m++]}`);
  }
  return lines;
}
