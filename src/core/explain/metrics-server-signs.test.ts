import { describe, expect, test } from 'vitest';
import { isExternalPassedOn, recogniseServer } from './metrics-server-signs.ts';

/** What a server with this image, these labels and this Service is recognised as. */
function recognised(image: string, labels: Readonly<Record<string, string>> = {}, serviceName = 'metrics') {
  const { known, sign } = recogniseServer({ containers: [{ image, words: [] }], labels: [labels], serviceName });
  return [known, sign];
}

describe('recogniseServer', () => {
  test.each([
    { why: 'its own registry', image: 'registry.k8s.io/metrics-server/metrics-server:v0.8.0', known: 'metrics-server' },
    { why: 'Rancher’s copy, by digest', image: 'rancher/mirrored-metrics-server@sha256:00', known: 'metrics-server' },
    { why: 'a registry with a port', image: 'reg.test:5000/podtide:1', known: 'podtide' },
    { why: 'a port and no tag', image: 'reg.test:5000/podtide', known: 'podtide' },
    { why: 'tag and digest', image: 'podtide/podtide:0.1.0@sha256:00', known: 'podtide' },
    { why: 'of old', image: 'directxman12/k8s-prometheus-adapter-amd64:v0.5.0', known: 'prometheus-adapter' },
    { why: 'KEDA’s', image: 'ghcr.io/kedacore/keda-metrics-apiserver:2.20.2', known: 'keda' },
    { why: 'KEDA’s of old', image: 'ghcr.io/kedacore/keda-metrics-adapter:2.0.0', known: 'keda' },
    { why: 'Datadog’s', image: 'gcr.io/datadoghq/cluster-agent:7.60.0', known: 'datadog' },
    { why: 'Zalando’s', image: 'ghcr.io/zalando-incubator/kube-metrics-adapter:v0.2', known: 'kube-metrics-adapter' },
    { why: 'somebody else’s cluster agent', image: 'appdynamics/cluster-agent:22', known: null },
    { why: 'a name that only ends so', image: 'my-metrics-server-tools:1', known: null },
  ])('by image: $why', ({ image, known }) => {
    expect(recognised(image)).toEqual([known, known === null ? null : 'image']);
  });

  test.each([
    [
      'Podtide stands in the place of another',
      'podtide/podtide:1',
      { app: 'x' },
      'prometheus-adapter',
      ['podtide', 'image'],
    ],
    [
      'an image by digest alone',
      'a@sha256:00',
      { 'app.kubernetes.io/name': 'prometheus-adapter' },
      'x',
      ['prometheus-adapter', 'label'],
    ],
    ['the label of metrics-server', 'mirror/x:1', { 'k8s-app': 'metrics-server' }, 'x', ['metrics-server', 'label']],
    ['the Service alone', 'mirror/x:1', {}, 'dd-cluster-agent-metrics-api', ['datadog', 'service']],
    ['KEDA’s Service by its chart', 'mirror/x:1', {}, 'keda-operator-metrics-apiserver', ['keda', 'service']],
    ['a chart’s own name before it', 'mirror/x:1', {}, 'prod-prometheus-adapter', ['prometheus-adapter', 'service']],
    ['nothing that says so', 'mirror/x:1', { app: 'y' }, 'z', [null, null]],
  ] as const)('the surest sign counts: %s', (_why, image, labels, service, expected) => {
    expect(recognised(image, labels, service)).toEqual(expected);
  });
});

test.each([
  ['a URL', ['--pass-through-url=https://keda.keda.svc'], true],
  ['in two words, with one dash', ['adapter', '-pass-through-url', 'https://keda.keda.svc'], true],
  ['both APIs', ['--pass-through-url=https://a', '--pass-through-apis=custom,external'], true],
  ['custom metrics alone', ['--pass-through-url=https://a', '--pass-through-apis=custom'], false],
  ['an empty URL after another', ['--pass-through-url=https://a', '--pass-through-url='], false],
  ['no such flag', ['--config=/etc/adapter'], false],
] as const)('external metrics are passed on: %s', (_why, words, expected) => {
  expect(isExternalPassedOn(words)).toBe(expected);
});
