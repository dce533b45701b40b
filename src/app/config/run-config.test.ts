import { expect, test } from 'vitest';
import { parseControllerConfig } from './controller-config.ts';
import { parseMetricsServerWords } from './metrics-server-config.ts';
import { parseRunWords } from './run-config.ts';

const ENVIRONMENT = { inClusterHost: undefined };
const WITH = ['--with', 'controller,metrics-server'];

test('each flag is for the part that has it, and what both have is for both', () => {
  const shared = ['--kubeconfig=/k', '--log-level=warn', '--tls-cert-file=/c', '--tls-private-key-file=/p'];
  const words = [...WITH, ...shared, '--mode=control', '--leader-elect', '--metric-resolution=15s', '-l', 'pool=web'];
  expect(parseRunWords(words, ENVIRONMENT)).toEqual({
    controller: parseControllerConfig({
      kubeconfig: '/k',
      'log-level': 'warn',
      'tls-cert-file': '/c',
      'tls-private-key-file': '/p',
      mode: 'control',
      'leader-elect': 'true',
    }),
    metricsServer: parseMetricsServerWords([...shared, '--metric-resolution=15s', '-l', 'pool=web']),
  });
});

test('Prometheus’ flags are the controller’s, a header as often as it is given', () => {
  const query = ['--query-annotation-namespaces=shop', '--prometheus-url=http://p', '--prometheus-header=a=b'];
  const { controller } = parseRunWords([...WITH, ...query, '--prometheus-header=c="d"'], ENVIRONMENT);
  expect(controller.queries).toMatchObject({
    prometheus: {
      backend: {
        headers: [
          { name: 'a', value: 'b' },
          { name: 'c', value: '"d"' },
        ],
      },
    },
  });
});

const REFUSED: readonly [why: string, words: readonly string[], ...problems: string[]][] = [
  [
    'parts must be named',
    [],
    '--with=: must be controller,metrics-server; a part alone is its own command, podtide controller or podtide metrics-server',
  ],
  [
    'one part is its own command',
    ['--with=controller'],
    '--with=controller: must be controller,metrics-server; a part alone is its own command, podtide controller or podtide metrics-server',
  ],
  [
    'a part that there is not',
    ['--with=controller,metrics-server,notifier'],
    '--with=controller,metrics-server,notifier: must be controller,metrics-server; a part alone is its own command, podtide controller or podtide metrics-server',
  ],
  [
    'problems of both parts at once',
    [...WITH, '--mode=act', '--metric-resolution=1s'],
    '--mode=act: must be observe or control',
    '--metric-resolution=1s: must be at least 10s',
  ],
  ['what is no flag', [...WITH, 'now'], 'now: is no flag, and there is nothing else to say here'],
  ['a version of one part', [...WITH, '--version'], '--version: is none of podtide run; podtide --version says it'],
];

test.each(REFUSED)('refused: %s', (_why, words, ...problems) => {
  const refusal = (): unknown => {
    try {
      return parseRunWords(words, ENVIRONMENT);
    } catch (error) {
      return error;
    }
  };
  expect(refusal()).toMatchObject({ kind: 'invalid', message: problems.join('\n') });
});
