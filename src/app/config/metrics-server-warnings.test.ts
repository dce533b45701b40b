import { describe, expect, test } from 'vitest';
import { parseMetricsServerWords } from './metrics-server-config.ts';
import { UNUSED_METRICS_SERVER_FLAGS } from './metrics-server-unused-flags.ts';

const COMPLETELY = '--deprecated-kubelet-completely-insecure';

function warningsOf(...words: string[]): readonly string[] {
  const start = parseMetricsServerWords(words);
  return start.kind === 'serve' ? start.warnings : [];
}

describe('what is worth a warning', () => {
  test('each flag without effect, once', () => {
    const values = { switch: 'true', count: '1', fraction: '0.01', duration: '1s', text: 'x' };
    for (const [flag, { kind, why }] of UNUSED_METRICS_SERVER_FLAGS) {
      const word = `--${flag}=${values[kind]}`;
      expect(warningsOf(word, word)).toEqual([`--${flag}: accepted, without effect: ${why}`]);
    }
  });

  test.each([
    {
      why: 'no TLS at all',
      words: [COMPLETELY],
      warnings: [expect.stringMatching(/^--deprecated-kubelet-completely-insecure: .* plain HTTP/)],
    },
    { why: 'a switch that is off', words: ['--kubelet-insecure-tls=false'], warnings: [] },
    {
      why: 'an address is none of the names that clients say',
      words: ['--tls-sni-cert-key=a,b:web.test,10.0.0.7'],
      warnings: ['--tls-sni-cert-key: 10.0.0.7 is without effect: clients name hosts, not addresses; leave it out'],
    },
    {
      why: 'lines of text',
      words: ['--logging-format=text'],
      warnings: ['--logging-format=text: without effect: log lines are JSON on stderr'],
    },
    {
      why: 'names of a front proxy that nobody names',
      words: ['--requestheader-allowed-names=a', '--requestheader-uid-headers=X-Remote-Uid'],
      warnings: [
        '--requestheader-uid-headers: without effect unless --requestheader-client-ca-file is given: the cluster’s own settings hold',
        '--requestheader-allowed-names: without effect unless --requestheader-client-ca-file is given: the cluster’s own settings hold',
      ],
    },
    {
      why: 'an API server that nobody recognises',
      words: ['--authentication-skip-lookup'],
      warnings: [
        '--authentication-skip-lookup: without --requestheader-client-ca-file the API server is not recognised, and kubectl top and HPAs are refused',
      ],
    },
    {
      why: 'headers that the API server does not send',
      words: [
        '--requestheader-client-ca-file=a',
        '--requestheader-username-headers=X-User',
        '--requestheader-group-headers=x-remote-GROUP',
        '--requestheader-uid-headers=X-Id',
      ],
      warnings: [
        '--requestheader-username-headers: X-Remote-User is not among them, which is what the API server sends',
        '--requestheader-uid-headers: X-Remote-Uid is not among them, which is what the API server sends',
      ],
    },
  ])('$why', ({ words, warnings }) => {
    expect(warningsOf(...words)).toEqual(warnings);
  });
});
