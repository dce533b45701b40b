import { adapterApiServices, adapterObjects, adapterRules, prometheusObjects } from './prometheus-parts.ts';
import type { Story, StoryAction, StoryObject } from './story.ts';

const APP = { namespace: 'default', name: 'test-prometheus' };
const LABELS = { app: APP.name };
/** Behind it the app says hello, on this machine too. */
const NODE_PORT = 30_000;

/** What a pod is meant to take: so many operations in all by the first rule, in a second by the other. */
const TARGET = '3';

/** As tutorials print it: the number only grows, so that an HPA never comes down again. */
const COUNTER_RULE = `rules:
  - metricsQuery: avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
    name:
      as: myapp_processed_ops_total
      matches: ^(.*)myapp_processed_ops_total
    resources:
      overrides:
        namespace:
          resource: namespace
        pod:
          resource: pods
    seriesQuery: '{__name__=~"^(.*)myapp_processed_ops_total$"}'
`;

/** What is meant: operations in a second. */
const RATE_RULE = `rules:
  - seriesQuery: myapp_processed_ops_total{namespace!="",pod!=""}
    resources:
      overrides:
        namespace:
          resource: namespace
        pod:
          resource: pod
    name:
      matches: ^(.*)_total$
      as: \${1}_per_second
    metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)
`;

const COUNTER_HPA = podsAutoscaler('test-prometheus-hpa', 'myapp_processed_ops_total');
const RATE_HPA = podsAutoscaler('test-prometheus-rate', 'myapp_processed_ops_per_second');

const MONITORED_AT_MS = 30_000;
const COUNTER_AT_MS = 90_000;
const MORE_AT_MS = 180_000;
const RATE_AT_MS = 420_000;

/**
 * The tutorial on custom metrics: one hello, which the HPA shows as 1/3, three more, which make it 4/3 and two pods, and with
 * two pods 2/3 for good. Then the rule is edited to what is meant, and an HPA on it comes down.
 */
export const PROMETHEUS_STORY: Story = {
  name: 'prometheus',
  summary: 'an HPA on a counter of Prometheus, 1 → 2 and no way back, until the rule is a rate: 2 → 1',
  actions: [
    ...prometheusObjects().map(created(0)),
    ...app().map(created(0)),
    created(0)(adapterRules(COUNTER_RULE)),
    ...adapterObjects().map(created(0)),
    ...adapterApiServices(0),
    created(MONITORED_AT_MS)(serviceMonitor()),
    // One hello, and later three: the rate of ten seconds comes to little more than that.
    {
      atMs: MONITORED_AT_MS,
      kind: 'load',
      service: `${APP.namespace}/${APP.name}`,
      profile: {
        kind: 'steps',
        steps: [
          { atMs: 10_000, perSecond: 0.11 },
          { atMs: 20_000, perSecond: 0 },
          { atMs: MORE_AT_MS - MONITORED_AT_MS, perSecond: 0.31 },
          { atMs: MORE_AT_MS - MONITORED_AT_MS + 10_000, perSecond: 0 },
        ],
      },
    },
    created(COUNTER_AT_MS)(COUNTER_HPA),
    { atMs: RATE_AT_MS, kind: 'patch', object: adapterRules(''), body: { data: { 'config.yaml': RATE_RULE } } },
    { atMs: RATE_AT_MS, kind: 'delete', object: COUNTER_HPA },
    // After the other is gone: two on one Deployment would be ambiguous.
    created(RATE_AT_MS + 1_000)(RATE_HPA),
  ],
  durationMs: 1_500_000,
  hpas: ['default/test-prometheus-hpa', 'default/test-prometheus-rate'],
};

function created(atMs: number): (object: StoryObject) => StoryAction {
  return (object) => ({ atMs, kind: 'create', object });
}

/** The app as the tutorial deploys it, and the Service that is there for whoever is outside. */
function app(): readonly StoryObject[] {
  const container = { name: APP.name, image: 'test_prometheus:latest', ports: [{ containerPort: 8080 }] };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: APP,
    spec: {
      replicas: 1,
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: { containers: [container] } },
    },
  };
  const port = { name: 'prometheus-port', protocol: 'TCP', port: 8080, targetPort: 8080, nodePort: NODE_PORT };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...APP, labels: LABELS },
    spec: { type: 'NodePort', selector: LABELS, ports: [port] },
  };
  return [deployment, service];
}

function serviceMonitor(): StoryObject {
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { ...APP, labels: { release: 'prometheus' } },
    spec: { selector: { matchLabels: LABELS }, endpoints: [{ port: 'prometheus-port', interval: '10s' }] },
  };
  return object;
}

function podsAutoscaler(name: string, metric: string): StoryObject {
  const target = { type: 'AverageValue', averageValue: TARGET };
  const object = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace: APP.namespace, name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: APP.name },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [{ type: 'Pods', pods: { metric: { name: metric }, target } }],
    },
  };
  return object;
}
