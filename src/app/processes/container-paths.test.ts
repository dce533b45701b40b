import { expect, test } from 'vitest';
import { parseAdapterWords } from '../config/adapter-config.ts';
import { readEnvironment } from '../config/environment.ts';
import { parseMetricsServerWords } from '../config/metrics-server-config.ts';
import { adapterInContainer, inContainer } from './container-paths.ts';

const ROOT = '/root-of-the-container';

/** Every flag that names a file, in words that go together. */
const WORDS: readonly (readonly string[])[] = [
  [
    '--kubeconfig=/k',
    '--authentication-kubeconfig=/a',
    '--authorization-kubeconfig=/z',
    '--client-ca-file=/c',
    '--requestheader-client-ca-file=/r',
    '--kubelet-certificate-authority=/ka',
    '--kubelet-client-certificate=/kc',
    '--kubelet-client-key=/kk',
    '--tls-cert-file=/t',
    '--tls-private-key-file=/p',
    '--tls-sni-cert-key=/s,/sk',
  ],
  ['--cert-dir=/tmp'],
  ['--cert-dir=certificates'],
  [],
];

/** Every text in a value that begins as a path does. */
function pathsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.startsWith('/') ? [value] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(pathsOf);
}

/** Served to everybody: no files. */
const OPEN_PATHS = ['/healthz', '/readyz', '/livez'];

test.each(WORDS.map((words) => [words.join(' ') || 'nothing', words] as const))('%s', (_text, words) => {
  const start = parseMetricsServerWords(words);
  if (start.kind !== 'serve') throw new Error('nothing is served');
  const before = pathsOf(start.config).filter((path) => !OPEN_PATHS.includes(path));
  const moved = inContainer(ROOT, start.config);
  const after = pathsOf(moved).filter((path) => !OPEN_PATHS.includes(path));
  // A relative folder begins at the root, where containers work.
  const { certificate } = start.config.serving;
  const relative =
    certificate.kind === 'selfMade' ? [certificate.directory].filter((each) => !each.startsWith('/')) : [];
  expect(after.toSorted()).toEqual(
    [
      ...before.map((path) => `${ROOT}${path}`),
      ...relative.map((each) => `${ROOT}/${each}`.replace('/.', '')),
    ].toSorted(),
  );
  expect(after).toHaveLength(before.length + relative.length);
  const given = words.flatMap((word) => (word.split('=')[1] ?? '').split(',')).filter((path) => path.startsWith('/'));
  expect(before.toSorted()).toEqual(given.toSorted());
});

test.each([
  [
    [
      '--config=/etc/adapter',
      '--lister-kubeconfig=/l',
      '--authentication-kubeconfig=/a',
      '--authorization-kubeconfig=/z',
      '--client-ca-file=/c',
      '--requestheader-client-ca-file=/r',
      '--tls-cert-file=/t',
      '--tls-private-key-file=/p',
      '--prometheus-url=https://prometheus.monitoring.svc',
      '--prometheus-ca-file=/pc',
      '--prometheus-client-tls-cert-file=/pt',
      '--prometheus-client-tls-key-file=/pk',
      '--prometheus-token-file=/pf',
      '--pass-through-url=https://other.monitoring.svc',
      '--pass-through-ca-file=/oc',
      '--pass-through-token-file=/of',
      '--pass-through-client-cert-file=/ot',
      '--pass-through-client-key-file=/ok',
    ],
  ],
  [['--config=/etc/adapter/config.yaml', '--cert-dir=/tmp/cert', '--prometheus-auth-config=/k']],
  [['--config=/etc/adapter/config.yaml', '--cert-dir=/tmp/cert', '--prometheus-backends=/b']],
])('an adapter: %s', (words) => {
  const start = parseAdapterWords(words, readEnvironment({}));
  if (start.kind !== 'serve') throw new Error('nothing is served');
  const pathsIn = (config: object): readonly string[] =>
    pathsOf(config)
      .filter((path) => !OPEN_PATHS.includes(path))
      .toSorted();
  const given = words.map((word) => word.split('=')[1] ?? '').filter((path) => path.startsWith('/'));
  expect(pathsIn(start.config)).toEqual(given.toSorted());
  expect(pathsIn(adapterInContainer(ROOT, start.config))).toEqual(given.map((path) => `${ROOT}${path}`).toSorted());
});
