import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScrapingPrometheus, startScrapingPrometheus } from './support/scraping-prometheus.ts';
import { createTutorialLabs, type TutorialLab } from './support/tutorial-lab.ts';

/** The first is right, the second uses a counter bare, whose name does not say that it is one. */
const RULES = `rules:
- seriesQuery: 'requests_in_flight{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
- seriesQuery: 'jobs{namespace!="",pod!=""}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;
const HPA = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  minReplicas: 1
  maxReplicas: 4
  metrics:
  - type: Pods
    pods: {metric: {name: requests_in_flight}, target: {type: AverageValue, averageValue: "10"}}
`;

const labs = createTutorialLabs();
let lab: TutorialLab;
let prometheus: ScrapingPrometheus;
let folder: string;
let pod: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-adapter-tools-'));
  await writeFile(join(folder, 'rules.yaml'), RULES);
  await writeFile(join(folder, 'hpa.yaml'), HPA);
  lab = await labs.open();
  await lab.shown('kubectl create deployment shop --image=shop:1');
  await lab.shown(`kubectl apply -f ${folder}/hpa.yaml`);
  await lab.eventually('kubectl get pods', /shop-\S+ +1\/1 +Running/);
  pod = (await lab.type("kubectl get pods -o jsonpath='{.items[0].metadata.name}'")).stdout.trim();
  prometheus = await startScrapingPrometheus(
    ['# TYPE requests_in_flight gauge', `requests_in_flight{namespace="default",pod="${pod}"} 35`]
      .concat('# TYPE jobs counter', `jobs{namespace="default",pod="${pod}"} 7`, '')
      .join('\n'),
  );
});

afterAll(async () => {
  await labs.close();
  await prometheus?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Types the command with rules and Prometheus; its one document. */
async function typed(words: string) {
  const line = `node src/app/cli/main.ts adapter ${words} --prometheus ${prometheus.url} -o json`;
  const { code, stdout, stderr } = await lab.type(line);
  expect(stderr).toBe('');
  return { code, document: JSON.parse(stdout) };
}

describe('with a real Prometheus', () => {
  test('the check knows a counter by what its target says', async () => {
    const { code, document } = await typed(`check ${folder}/rules.yaml`);
    expect(code).toBe(1);
    expect(document.findings).toMatchObject([
      { code: 'CounterByType', path: 'rules[1].metricsQuery', params: { series: 'jobs', seriesCount: 1 } },
    ]);
    expect(document.rules).toMatchObject([
      {
        seriesCount: 1,
        unmappedLabels: ['instance', 'job'],
        metrics: [
          { name: 'namespaces/requests_in_flight' },
          {
            name: 'pods/requests_in_flight',
            query: `sum(requests_in_flight{namespace="default",pod="${pod}"}) by (pod)`,
          },
        ],
      },
      { seriesCount: 1, metricCount: 2 },
    ]);
  });

  test('a metric is followed to its value, with the age of its sample', async () => {
    const { code, document } = await typed(`explain pods/requests_in_flight --config ${folder}/rules.yaml`);
    expect([code, document.verdict]).toEqual([0, 'whole']);
    expect(document.rows).toEqual([{ labels: { pod }, value: '35', sampleAgeMs: expect.any(Number) }]);
    expect(document.rows[0].sampleAgeMs).toBeLessThan(60_000);
    expect(document.values).toEqual([{ of: pod, quantity: '35' }]);
  });

  test('an HPA of a cluster is decided on by rules that nobody serves', async () => {
    const { code, document } = await typed(`preview shop --config ${folder}/rules.yaml`);
    expect(code).toBe(0);
    expect(document.decision).toMatchObject({
      hpa: { namespace: 'default', name: 'shop' },
      currentReplicas: 1,
      desiredReplicas: 4,
      scaledTo: null,
      trace: { metrics: [{ code: 'MetricProposed', current: 35_000, target: 10_000, proposedReplicas: 4 }] },
    });
    expect(document.queries).toEqual([`sum(requests_in_flight{namespace="default",pod="${pod}"}) by (pod)`]);
    expect((await lab.type('kubectl get deployment shop -o jsonpath={.spec.replicas}')).stdout).toBe('1');
  });
});
