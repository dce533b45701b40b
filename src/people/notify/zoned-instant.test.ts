import { expect, test } from 'vitest';
import { zonedInstantFormat } from './zoned-instant.ts';

test.each<readonly [why: string, zone: string, at: string, text: string]>([
  ['China has one zone', 'Asia/Shanghai', '2026-11-22T03:04:41.999Z', '2026-11-22 11:04:41 +08:00'],
  ['UTC has an offset too', 'UTC', '2026-11-22T03:04:41Z', '2026-11-22 03:04:41 +00:00'],
  ['summer', 'Europe/Berlin', '2026-07-01T22:30:00Z', '2026-07-02 00:30:00 +02:00'],
  ['winter', 'Europe/Berlin', '2026-12-31T23:30:00Z', '2027-01-01 00:30:00 +01:00'],
  ['the hour that comes twice, first', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25 02:30:00 +02:00'],
  ['the hour that comes twice, then', 'Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25 02:30:00 +01:00'],
  ['half hours', 'America/St_Johns', '2026-01-01T00:00:00Z', '2025-12-31 20:30:00 -03:30'],
])('%s', (_why, zone, at, text) => {
  expect(zonedInstantFormat(zone)(Date.parse(at))).toBe(text);
});

test('a zone that there is none of is refused', () => {
  expect(() => zonedInstantFormat('Asia/Beijing2')).toThrow(RangeError);
});
