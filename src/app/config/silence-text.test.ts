import { describe, expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import { parseSilenceOrder } from './notify-config.ts';
import { parseSilence, silenceText } from './silence-text.ts';

const TEXT =
  '{"match":{"namespaces":["pay-*"],"types":["scale.*"],"labels":"app=web"},"startsAt":"2026-11-28T18:00:00Z","endsAt":"2026-11-28T20:00:00Z","author":"li","comment":"release"}';

describe('a silence as people write it', () => {
  test('there and back', () => {
    const silence = parseSilence('a1', TEXT);
    expect(silence).toMatchObject({
      id: 'a1',
      match: { namespaces: ['pay-*'], types: ['scale.*'], clusters: [], kinds: [], severities: [] },
      startsAtMs: Date.UTC(2026, 10, 28, 18),
      endsAtMs: Date.UTC(2026, 10, 28, 20),
      author: 'li',
      comment: 'release',
    });
    expect(silenceText(silence)).toBe(TEXT);
  });

  test.each([
    ['no JSON', 'silent', 'silence a1: must be JSON'],
    [
      'everything',
      '{"match":{},"startsAt":"2026-11-28T18:00:00Z","endsAt":"2026-11-28T20:00:00Z"}',
      'silence a1: match must have a condition; a silence of everything is the end of the notifier',
    ],
    [
      'an end before its beginning',
      '{"match":{"types":["scale.*"]},"startsAt":"2026-11-28T20:00:00Z","endsAt":"2026-11-28T18:00:00Z"}',
      'silence a1: endsAt must be after startsAt',
    ],
    [
      'a day without a time',
      '{"match":{"types":["scale.*"]},"startsAt":"2026-11-28","endsAt":"2026-11-28T18:00:00Z"}',
      'silence a1: startsAt must be an instant such as 2026-11-28T18:00:00Z',
    ],
  ])('refused: %s', (_why, text, problem) => {
    expect(() => parseSilence('a1', text)).toThrow(problem);
  });
});

describe('podtide notify silence add', () => {
  test('conditions, a duration and a reason', () => {
    const flags = { for: '2h', namespaces: 'pay-*,shop', types: 'scale.*', comment: 'release' };
    expect(parseSilenceOrder(flags, readEnvironment({ USER: 'li' }))).toEqual({
      kubeconfig: null,
      context: null,
      namespace: 'podtide-system',
      match: {
        clusters: [],
        namespaces: ['pay-*', 'shop'],
        types: ['scale.*'],
        severities: [],
        kinds: [],
        labels: null,
      },
      durationMs: 7_200_000,
      author: 'li',
      comment: 'release',
    });
  });

  test.each([
    [
      'nothing is said',
      {},
      '--for is missing; it must be a duration such as 2h\n--comment is missing; it must say why',
    ],
    [
      'a severity that there is not',
      { for: '2h', severities: 'loud', comment: 'x' },
      'silence new: match.severities.0 Invalid option: expected one of "info"|"warning"|"critical"',
    ],
  ])('refused: %s', (_why, flags, problem) => {
    expect(() => parseSilenceOrder(flags, readEnvironment({}))).toThrow(problem);
  });
});
