import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { type NotifierFlags, parseNotifierFlags } from './notifier-flags.ts';

describe('the flags of podtide notifier', () => {
  test('what is not said has a default', () => {
    expect(parseNotifierFlags({ config: 'notifier.yaml' })).toEqual({
      config: 'notifier.yaml',
      kubeconfig: null,
      context: null,
      namespaces: null,
      state: { kind: 'configmaps' },
      sinkAuthorityFile: null,
      leaderElection: {
        namespace: 'podtide-system',
        name: 'podtide-notifier',
        leaseDurationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryPeriodMs: 2_000,
      },
      listen: { host: '127.0.0.1', port: 9092, tls: null },
      logLevel: 'info',
    });
  });

  test('a laptop: a file, no election, some namespaces', () => {
    const flags = { config: 'a', state: 'file:/tmp/n.db', 'leader-elect': 'false', namespaces: 'shop,pay,shop' };
    expect(parseNotifierFlags(flags)).toMatchObject({
      namespaces: ['shop', 'pay'],
      state: { kind: 'file', path: '/tmp/n.db' },
      leaderElection: null,
    });
  });

  test.each<readonly [why: string, flags: NotifierFlags, problems: string]>([
    ['nothing says whom to tell', {}, '--config is missing; it must name the file of sinks and routes'],
    [
      'all problems at once',
      { config: 'a', state: 'redis', listen: '9092', 'log-level': 'loud' },
      [
        '--state=redis: must be configmaps, or file:PATH such as file:/var/lib/podtide/notifier.db',
        '--listen=9092: must be HOST:PORT, for example 127.0.0.1:9091 or [::]:9091',
        '--log-level=loud: must be debug, info, warn or error',
      ].join('\n'),
    ],
    [
      'a standby would not find the file',
      { config: 'a', state: 'file:/tmp/n.db' },
      '--state=file:/tmp/n.db: another replica does not see this file; say --leader-elect=false if there is none, or --state=configmaps',
    ],
    [
      'a leader that cannot try twice',
      { config: 'a', 'leader-elect-renew-deadline': '2s' },
      '--leader-elect-renew-deadline: must be longer than 1.2 times --leader-elect-retry-period',
    ],
    [
      'half a certificate',
      { config: 'a', 'tls-cert-file': 'cert.pem' },
      '--tls-cert-file: goes together with --tls-private-key-file',
    ],
    ['a flag of another command', { config: 'a', mode: 'observe' } as NotifierFlags, '--mode: no such flag'],
  ])('%s', (_why, flags, problems) => {
    expect(() => parseNotifierFlags(flags)).toThrow(new Failure('invalid', problems));
  });
});
