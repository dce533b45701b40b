/** Instants as RFC 3339 text, by arithmetic alone, so that it works the same everywhere. */

const DAY_MS = 86_400_000;

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Epoch milliseconds of an RFC 3339 instant, with a fraction below that as written; undefined when it is none. */
export function parseRfc3339(text: string): number | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? '0');
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const [offsetHours, offsetMinutes] = [part(9), part(10)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000 * (match[8] === '-' ? -1 : 1);
  const wholeMs = daysFromEpoch(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 - offsetMs;
  const fraction = (match[7] ?? '').slice(0, 9);
  return fraction === '' ? wholeMs : wholeMs + Number(fraction) / 10 ** (fraction.length - 3);
}

/** `2024-05-01T09:30:00Z`: whole seconds, cut, as `meta/v1 Time` stands on the wire. Years 0 to 9999. */
export function formatRfc3339(epochMs: number): string {
  return `${secondsText(Math.floor(epochMs / 1000))}Z`;
}

/** `2024-05-01T09:30:00.123456Z`: six digits, cut, as `meta/v1 MicroTime` stands on the wire. Years 0 to 9999. */
export function formatMicroTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  // A double of today's milliseconds keeps a quarter of a microsecond: nearer to the next one means that one.
  const micros = Math.min(999_999, Math.floor((epochMs - second * 1000) * 1000 + 0.25));
  return `${secondsText(second)}.${String(micros).padStart(6, '0')}Z`;
}

function secondsText(epochSeconds: number): string {
  const days = Math.floor(epochSeconds / 86_400);
  const rest = epochSeconds - days * 86_400;
  const { year, month, day } = civilOfDays(days);
  const date = `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`;
  return `${date}T${twoDigits(Math.floor(rest / 3600))}:${twoDigits(Math.floor(rest / 60) % 60)}:${twoDigits(rest % 60)}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days of a 400-year cycle of the Gregorian calendar, and from 0000-03-01 to the epoch. */
const CYCLE_DAYS = 146_097;
const EPOCH_DAYS = 719_468;

/** Counts years from March, so that the leap day is the last day of a year. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const cycle = Math.floor(shifted / 400);
  const yearOfCycle = shifted - cycle * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100);
  return cycle * CYCLE_DAYS + yearOfCycle * 365 + leapDays + dayOfYear - EPOCH_DAYS;
}

function civilOfDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + EPOCH_DAYS;
  const cycle = Math.floor(shifted / CYCLE_DAYS);
  const dayOfCycle = shifted - cycle * CYCLE_DAYS;
  const leapDays = Math.floor(dayOfCycle / 1460) - Math.floor(dayOfCycle / 36_524) + Math.floor(dayOfCycle / 146_096);
  const yearOfCycle = Math.floor((dayOfCycle - leapDays) / 365);
  const firstDay = 365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100);
  const dayOfYear = dayOfCycle - firstDay;
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month, day };
}
