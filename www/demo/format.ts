/** Numbers, sizes and times as this page writes them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });

/** 12345 as "12,345". */
export function formatNumber(value: number): string {
  return whole.format(value);
}

/** "1 event", "2 events". */
export function formatCount(value: number, one: string, many = `${one}s`): string {
  return `${formatNumber(value)} ${value === 1 ? one : many}`;
}

/** Bytes in decimal units, as browsers and operating systems show them. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${short.format(value)} ${units[unit] ?? ''}`;
}

/** "0.84 s", "12.3 s". */
export function formatSeconds(milliseconds: number): string {
  return `${short.format(milliseconds / 1000)} s`;
}

/** The time of day, with the day before it when that is not today. */
export function formatTime(time: number): string {
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

/** The whole of it, for those who want to know exactly. */
export function formatMoment(time: number): string {
  return moment.format(new Date(time));
}
