import { expect, test } from 'vitest';
import { parseControllerConfig } from './controller-config.ts';
import { parseMetricsServerWords } from './metrics-server-config.ts';
import { parseNotifierFlags } from './notifier-flags.ts';
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
    notifier: null,
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

test('a notifier as a third part has its own file, port and state, and the rest of the controller', () => {
  const own = ['--notifier-config=n.yaml', '--notifier-listen=127.0.0.1:7000', '--notifier-state=configmaps'];
  const shared = ['--namespaces=shop', '--assume-sole-controller', '--leader-elect-lease-duration=30s'];
  const words = ['--with', 'controller,metrics-server,notifier', ...own, ...shared];
  expect(parseRunWords(words, ENVIRONMENT).notifier).toEqual(
    parseNotifierFlags({
      config: 'n.yaml',
      listen: '127.0.0.1:7000',
      state: 'configmaps',
      namespaces: 'shop',
      'leader-elect-lease-duration': '30s',
    }),
  );
});

const REFUSED: readonly [why: string, words: readonly string[], ...problems: string[]][] = [
  [
    'parts must be named',
    [],
    '--with=: must be controller,metrics-server or controller,metrics-server,notifier; a part alone is its own command, podtide controller or podtide metrics-server or podtide notifier',
  ],
  [
    'one part is its own command',
    ['--with=controller'],
    '--with=controller: must be controller,metrics-server or controller,metrics-server,notifier; a part alone is its own command, podtide controller or podtide metrics-server or podtide notifier',
  ],
  [
    'a part that there is not',
    ['--with=controller,metrics-server,dashboard'],
    '--with=controller,metrics-server,dashboard: must be controller,metrics-server or controller,metrics-server,notifier; a part alone is its own command, podtide controller or podtide metrics-server or podtide notifier',
  ],
  [
    'problems of both parts at once',
    [...WITH, '--mode=act', '--metric-resolution=1s'],
    '--mode=act: must be observe or control',
    '--metric-resolution=1s: must be at least 10s',
  ],
  [
    'a notifier without a file',
    ['--with', 'controller,metrics-server,notifier'],
    '--config is missing; it must name the file of sinks and routes',
  ],
  [
    'a flag of a part that is not there',
    [...WITH, '--notifier-config=n.yaml'],
    '--notifier-config: is of the notifier, which --with does not name',
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
