import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requirePrometheus } from '../../scripts/components/prometheus.ts';
import { createTutorialLabs, type TutorialLabs } from './support/tutorial-lab.ts';

const EXAMPLE = 'examples/custom-metrics';
/** Of their own, so that runs beside each other do not meet. */
const [APP_PORT, PROMETHEUS_PORT] = [30_600, 30_601].map((port) => port + (process.pid % 500) * 2) as [number, number];
const DUE_MS = 120_000;

let scratch: string;
let labs: TutorialLabs;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podtide-scratch-'));
  const flags = ['--prometheus', await requirePrometheus()];
  labs = createTutorialLabs(undefined, { speedFactor: 1, flags, environment: { TMPDIR: scratch } });
});

afterAll(async () => {
  await labs?.close();
  await rm(scratch, { recursive: true, force: true });
});

/** What Prometheus says to a request of its HTTP API; undefined while it says nothing. */
async function asked(path: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${PROMETHEUS_PORT}/api/v1/${path}`).catch(() => undefined);
  return answer?.ok ? ((await answer.json()) as { readonly data: unknown }).data : undefined;
}

/** The value of a query's single row. */
async function valueOfQuery(query: string): Promise<string | undefined> {
  const data = await asked(`query?${new URLSearchParams({ query })}`);
  const { result } = (data ?? { result: [] }) as {
    readonly result: readonly { readonly value: readonly [number, string] }[];
  };
  return result[0]?.value[1];
}

const eventually = (query: string) => expect.poll(() => valueOfQuery(query), { timeout: DUE_MS, interval: 500 });

test('at the speed of this machine, a pod of Prometheus’ image is the Prometheus that is installed, for as long as the lab', async () => {
  const lab = await labs.open();
  const replaced = `sed 's/30090/${PROMETHEUS_PORT}/' ${EXAMPLE}/lab-prometheus.yaml | kubectl apply -f -`;
  expect(await lab.shown(replaced)).toContain('deployment.apps/prometheus created');
  await lab.shown(`sed 's/30000/${APP_PORT}/' ${EXAMPLE}/app.yaml | kubectl apply -f -`);
  await lab.eventually(`kubectl apply -f ${EXAMPLE}/service-monitor.yaml`, /servicemonitor\S+ created/);
  await expect
    .poll(() => asked('status/buildinfo'), { timeout: DUE_MS, interval: 500 })
    .toMatchObject({ version: expect.stringMatching(/^2\.42\./), goVersion: expect.any(String) });

  // Scraped as the monitor says, with the labels that the operator gives.
  await eventually('myapp_processed_ops_total').toBe('0');
  const [target] = ((await asked('targets')) as { readonly activeTargets: readonly object[] }).activeTargets;
  expect(target).toMatchObject({
    health: 'up',
    scrapeInterval: '10s',
    labels: {
      job: 'test-prometheus',
      namespace: 'default',
      endpoint: 'prometheus-port',
      service: 'test-prometheus',
      container: 'test-prometheus',
      pod: expect.stringMatching(/^test-prometheus-/),
      instance: expect.stringMatching(/:8080$/),
    },
  });
  for (let count = 0; count < 3; count += 1)
    expect(await (await fetch(`http://127.0.0.1:${APP_PORT}`)).text()).toBe('Hello, World!');
  await eventually('myapp_processed_ops_total').toBe('3');

  // Targets follow the cluster.
  await lab.shown('kubectl scale deployment test-prometheus --replicas=2');
  await eventually('count(up == 1)').toBe('2');
  await lab.shown('kubectl delete servicemonitor test-prometheus');
  await eventually('count(up) or vector(0)').toBe('0');

  const log = await lab.shown('kubectl -n monitoring logs deployment/prometheus');
  expect(log).toMatch(/of this machine: it scrapes what ServiceMonitors and PodMonitors say/);
  expect(log).toContain('Server is ready to receive web requests.');

  const ours = async () => (await readdir(scratch)).filter((name) => name.startsWith('podtide-prometheus-'));
  expect(await ours()).toHaveLength(1);
  await labs.close();
  expect(await ours()).toEqual([]);
  expect(await asked('status/buildinfo')).toBeUndefined();
});
