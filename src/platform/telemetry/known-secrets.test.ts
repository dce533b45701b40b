import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KNOWN_SECRETS_COUNT_MAX } from '../../base/sink-limits.ts';
import { KnownSecrets } from './known-secrets.ts';
import { createPinoLog } from './pino-log.ts';

const CANARY = 'SEC/canary+"quoted"\\=';

function knowing(...values: readonly string[]): KnownSecrets {
  const known = new KnownSecrets();
  for (const value of values) known.learn(value);
  return known;
}

describe('known secrets', () => {
  const rows: readonly [why: string, text: string][] = [
    ['as it is', `sign ${CANARY} here`],
    ['in JSON', JSON.stringify({ secret: CANARY })],
    ['in a query', `https://x.example/?secret=${encodeURIComponent(CANARY)}&y=1`],
    [
      'in a query of lower-case digits',
      `?s=${encodeURIComponent(CANARY).replaceAll(/%../g, (hex) => hex.toLowerCase())}`,
    ],
    ['in a form', new URLSearchParams({ secret: CANARY }).toString()],
    ['in base64', Buffer.from(CANARY).toString('base64')],
    ['in base64 for URLs', Buffer.from(CANARY).toString('base64url')],
    ['in a Basic header', `Basic ${Buffer.from(`me:${CANARY}`).toString('base64')}`],
    ['in AUTH PLAIN', Buffer.from(`\0me\0${CANARY}`).toString('base64')],
    ['in the middle of something encoded', Buffer.from(`0${CANARY}0`).toString('base64')],
    ['twice', `${CANARY}${CANARY}`],
    ['in the cause of an error', new Error('outer', { cause: new Error(CANARY) }).cause?.toString() ?? ''],
  ];
  test.each(rows)('are taken out %s', (_why, text) => {
    const shown = knowing('another-secret', CANARY).redact(text);
    expect(shown).toContain('***');
    for (const part of ['canary', encodeURIComponent(CANARY).slice(4, 14)]) expect(shown).not.toContain(part);
    expect(decodedParts(shown)).not.toContain('canary');
  });

  test('leave everything else as it was', () => {
    const text = 'podtide sent 3 messages to ops-ding; the canary in the mine is well';
    expect(knowing(CANARY).redact(text)).toBe(text);
    expect(new KnownSecrets().redact(text)).toBe(text);
  });

  test('are shown as their owner wants: a mobile number by its ends', () => {
    const known = new KnownSecrets();
    known.learn('13800138000', '138****8000');
    expect(known.redact('calls @13800138000 and 13900139000')).toBe('calls @138****8000 and 13900139000');
  });

  test('are found before what is within them', () => {
    expect(
      knowing('access-token-1', 'https://x.example/access-token-1').redact('at https://x.example/access-token-1!'),
    ).toBe('at ***!');
  });

  test('are as many as the limit, the newest of them', () => {
    const known = new KnownSecrets();
    known.learn('secret-first');
    known.learn('secret-kept');
    for (let index = 0; index < KNOWN_SECRETS_COUNT_MAX - 1; index += 1) {
      // What is still in use is read again and again.
      if (index === 10) known.learn('secret-kept');
      known.learn(`secret-${index}`);
    }
    expect(known.redact('secret-first secret-kept secret-17')).toBe('secret-first *** ***');
  }, 120_000);

  test('never stand in any text around them', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6, maxLength: 40 }), fc.string(), fc.string(), (secret, before, after) => {
        const shown = knowing(secret).redact(`${before}${secret}${after}`);
        expect(shown.replaceAll('***', '')).not.toContain(secret);
      }),
    );
  });

  test('do not reach a log by whatever way', () => {
    const lines: string[] = [];
    const known = knowing(CANARY);
    const stream = { write: (line: string) => lines.push(line) };
    const log = createPinoLog({ level: 'info', stream, redact: (line) => known.redact(line) });
    const cause = new Error(`Post "https://x.example/?access_token=${encodeURIComponent(CANARY)}"`);
    log
      .with({ url: CANARY })
      .warn(`refused by ${CANARY}`, { error: new Error('outer', { cause }), mobiles: ['13800138000'] });
    log.info('words', { access_token: 'short', sign: 'short2' });
    const text = lines.join('');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['refused by ***', 'words']);
    for (const secret of ['canary', 'short', '13800138000']) expect(text).not.toContain(secret);
  });
});

/** What somebody reads who decodes everything that looks encoded. */
function decodedParts(text: string): string {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{6,}/g)]
    .map(([part]) => Buffer.from(part, 'base64').toString('latin1'))
    .join(' ');
}
