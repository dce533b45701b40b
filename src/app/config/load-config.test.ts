import { expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import { type LoadFlags, parseLoadConfig } from './load-config.ts';

const parse = (address: string, flags: LoadFlags = {}) => parseLoadConfig(address, flags, readEnvironment({}));
const URL_TEXT = 'http://127.96.0.1:80/';

test('ab’s flags mean the same', () => {
  expect(parse(URL_TEXT, { connections: '1000', requests: '100000' })).toEqual({
    url: new URL(URL_TEXT),
    connectionCount: 1000,
    requestCount: 100_000,
    durationMs: null,
    timeoutMs: 60_000,
    output: 'text',
    language: 'en',
  });
});

test('without flags it is ten clients for ten seconds', () => {
  expect(parse(URL_TEXT)).toMatchObject({ connectionCount: 10, requestCount: null, durationMs: 10_000 });
});

test.each<readonly [why: string, address: string, flags: LoadFlags, says: readonly string[]]>([
  [
    'somebody else’s service',
    'http://example.org/',
    {},
    ["http://example.org/: must be an address of this machine's loopback interface, as Services of lab --real have it"],
  ],
  ['a name that only looks like loopback', 'http://127.0.0.1.example.org/', {}, ['must be an address of this machine']],
  ['no address', 'php-apache', {}, ['php-apache: must be an address such as http://127.96.0.1:80/']],
  ['TLS', 'https://127.0.0.1/', {}, ['https://127.0.0.1/: must be an address such as http://127.96.0.1:80/']],
  [
    'every problem at once',
    'ftp://127.0.0.1/',
    { connections: '0', requests: 'many', duration: '1h30', timeout: '5', output: 'xml' },
    [
      'ftp://127.0.0.1/: must be',
      '--connections=0: must be a whole number from 1 to 4096',
      '--requests=many: must be a whole number from 1 to 1000000000',
      '--duration=1h30: must be a duration from 1s to 24h',
      '--timeout=5: must be a duration from 1s to 24h',
      '--output=xml: must be text or json',
    ],
  ],
  ['more connections than a balancer takes', URL_TEXT, { connections: '4097' }, ['--connections=4097: must be']],
  [
    'two ends',
    URL_TEXT,
    { requests: '100', duration: '10s' },
    ['--requests and --duration: the test ends with one of them; leave the other out'],
  ],
  [
    'clients without a request',
    URL_TEXT,
    { requests: '5', connections: '10' },
    ['--requests=5: must not be lower than --connections=10'],
  ],
])('%s', (_why, address, flags, says) => {
  let message = '';
  try {
    parse(address, flags);
  } catch (thrown) {
    message = String(thrown);
  }
  for (const text of says) expect(message).toContain(text);
});
