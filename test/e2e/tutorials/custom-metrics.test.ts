import { afterEach, expect, test } from 'vitest';
import { createTutorialLabs, type TutorialLab } from '../support/tutorial-lab.ts';

const APP_URL = 'http://127.0.0.1:30000';
const QUERY_URL = 'http://127.0.0.1:30090/api/v1/query?query=myapp_processed_ops_total';
const DUE_MS = 120_000;

const labs = createTutorialLabs();
let lab: TutorialLab;

afterEach(labs.close);

/** What an address says, or why it says nothing. */
function said(url: string): Promise<string> {
  return fetch(url).then(
    (answer) => answer.text(),
    (thrown: Error) => thrown.message,
  );
}

test('a counter takes the HPA up for good, a rate brings it down', async () => {
  lab = await labs.open();
  expect(await lab.shown('kubectl apply -f examples/custom-metrics/lab-prometheus.yaml')).toBe(
    'namespace/monitoring created\ndeployment.apps/prometheus created\nservice/prometheus created',
  );
  await lab.shown('kubectl apply -f examples/custom-metrics/app.yaml');
  await expect.poll(() => said(APP_URL), { timeout: DUE_MS }).toBe('Hello, World!');
  await lab.eventually('kubectl apply -f examples/custom-metrics/service-monitor.yaml', /servicemonitor\S+ created/);
  await lab.eventually('kubectl get deployment test-prometheus', /1\/1/);
  expect(await said(`${APP_URL}/metrics`)).toContain('\nmyapp_processed_ops_total 1\n');
  await expect.poll(() => said(QUERY_URL), { timeout: DUE_MS }).toContain('"pod":"test-prometheus-');

  await lab.shown('kubectl apply -f deploy/adapter.yaml');
  await lab.shown('kubectl apply -f examples/custom-metrics/adapter-rule-counter.yaml');
  const raw =
    'kubectl get --raw "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/*/myapp_processed_ops_total"';
  await lab.eventually(raw, /"metricName":"myapp_processed_ops_total".*"value":"1"/);

  await lab.shown('kubectl apply -f examples/custom-metrics/hpa-counter.yaml');
  await lab.eventually('kubectl get hpa test-prometheus-hpa', /1\/3/);
  for (let count = 0; count < 3; count += 1) expect(await said(APP_URL)).toBe('Hello, World!');
  await lab.eventually('kubectl get hpa test-prometheus-hpa', / 2\/3 +1 +10 +2 /);

  await lab.shown('kubectl delete hpa test-prometheus-hpa');
  await lab.shown('kubectl apply -f examples/custom-metrics/adapter-rule-rate.yaml');
  await lab.shown('kubectl apply -f examples/custom-metrics/hpa-rate.yaml');
  await lab.eventually('kubectl get hpa test-prometheus-rate', / 0\/3 +1 +10 +1 /);
  expect(lab.changes('default/test-prometheus-hpa').map(({ from, to }) => [from, to])).toEqual([[1, 2]]);
  expect(lab.changes('default/test-prometheus-rate').map(({ from, to }) => [from, to])).toEqual([[2, 1]]);
});

test('every command of the page has been typed', () => {
  expect(labs.untyped('docs/tutorials/en/custom-metrics.md')).toEqual([]);
});
