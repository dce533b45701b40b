import { describe, expect, test } from 'vitest';
import { isTimeZone } from '../local-time.ts';
import { type QuietHours, quietUntilMs, type Weekday } from './quiet-hours.ts';

const at = (text: string): number => Date.parse(text);

function hours(from: string, to: string, days: readonly Weekday[] = []): QuietHours {
  const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return { days, fromMinute: minuteOf(from), toMinute: minuteOf(to), mode: 'queue', exceptSeverities: [] };
}

describe('quietUntilMs', () => {
  test.each<{ why: string; quiet: QuietHours; zone: string; now: string; until: string | undefined }>([
    {
      why: 'within the hours of a day',
      quiet: hours('13:00', '14:00'),
      zone: 'UTC',
      now: '2026-11-22T13:30:00Z',
      until: '2026-11-22T14:00:00Z',
    },
    {
      why: 'their first instant',
      quiet: hours('13:00', '14:00'),
      zone: 'UTC',
      now: '2026-11-22T13:00:00Z',
      until: '2026-11-22T14:00:00Z',
    },
    {
      why: 'their end is not theirs',
      quiet: hours('13:00', '14:00'),
      zone: 'UTC',
      now: '2026-11-22T14:00:00Z',
      until: undefined,
    },
    {
      why: 'in the zone of the reader',
      quiet: hours('22:00', '08:00'),
      zone: 'Asia/Shanghai',
      now: '2026-11-22T15:00:00Z',
      until: '2026-11-23T00:00:00Z',
    },
    {
      why: 'after midnight, of the night before',
      quiet: hours('22:00', '08:00'),
      zone: 'Asia/Shanghai',
      now: '2026-11-22T17:00:00Z',
      until: '2026-11-23T00:00:00Z',
    },
    {
      why: 'a night belongs to the day on which it begins',
      quiet: hours('22:00', '08:00', ['Fri']),
      zone: 'UTC',
      now: '2026-11-28T03:00:00Z',
      until: '2026-11-28T08:00:00Z',
    },
    {
      why: 'and not to the next',
      quiet: hours('22:00', '08:00', ['Sat']),
      zone: 'UTC',
      now: '2026-11-28T03:00:00Z',
      until: undefined,
    },
    {
      why: 'a whole day',
      quiet: hours('00:00', '00:00', ['Sun']),
      zone: 'Asia/Shanghai',
      now: '2026-11-21T16:00:00Z',
      until: '2026-11-22T16:00:00Z',
    },
    {
      why: 'days that follow each other are one rest',
      quiet: hours('00:00', '00:00', ['Sat', 'Sun']),
      zone: 'UTC',
      now: '2026-11-28T12:00:00Z',
      until: '2026-11-30T00:00:00Z',
    },
    {
      why: 'an end that the clocks leave out is when they change',
      quiet: hours('22:00', '02:30'),
      zone: 'Europe/Berlin',
      now: '2026-03-28T23:00:00Z',
      until: '2026-03-29T01:00:00Z',
    },
    {
      why: 'an end that comes twice is the first',
      quiet: hours('22:00', '02:30'),
      zone: 'Europe/Berlin',
      now: '2026-10-24T23:00:00Z',
      until: '2026-10-25T00:30:00Z',
    },
    {
      why: 'a night with an hour more',
      quiet: hours('22:00', '06:00'),
      zone: 'Europe/Berlin',
      now: '2026-10-25T02:00:00Z',
      until: '2026-10-25T05:00:00Z',
    },
    {
      why: 'a zone with half an hour',
      quiet: hours('09:00', '10:00'),
      zone: 'Asia/Kolkata',
      now: '2026-11-22T03:30:00Z',
      until: '2026-11-22T04:30:00Z',
    },
    {
      why: 'a zone far behind',
      quiet: hours('22:00', '23:00'),
      zone: 'Pacific/Honolulu',
      now: '2026-11-22T08:30:00Z',
      until: '2026-11-22T09:00:00Z',
    },
    {
      why: 'a day that a zone left out',
      quiet: hours('22:00', '08:00'),
      zone: 'Pacific/Apia',
      now: '2011-12-30T09:00:00Z',
      until: '2011-12-30T18:00:00Z',
    },
  ])('$why', ({ quiet, zone, now, until }) => {
    expect(quietUntilMs(quiet, zone, at(now))).toBe(until === undefined ? undefined : at(until));
  });

  test('hours without an end end after a fortnight', () => {
    const now = at('2026-11-22T12:00:00Z');
    expect(quietUntilMs(hours('00:00', '00:00'), 'UTC', now)).toBe(at('2026-12-06T00:00:00Z'));
  });
});

test.each([
  { zone: 'Asia/Shanghai', isKnown: true },
  { zone: 'UTC', isKnown: true },
  { zone: 'Asia/Peking', isKnown: false },
  { zone: '', isKnown: false },
])('$zone is a zone: $isKnown', ({ zone, isKnown }) => expect(isTimeZone(zone)).toBe(isKnown));
