import { afterEach, expect, test } from 'vitest';
import { parseRfc3339 } from '../../src/base/rfc3339.ts';
import { createTutorialLabs } from './support/tutorial-lab.ts';

/** Not attached: this kubectl attaches by SPDY, which ended with 1.30, and the lab by WebSocket. */
const GENERATOR = 'kubectl run load-generator --image=busybox --restart=Never -- /bin/sh -c';

const labs = createTutorialLabs('1.20');

afterEach(labs.close);

test('a cluster of 1.20 with its own kubectl: v2beta2 with step limits, 1 → 3 → 5, and never down by itself', async () => {
  const lab = await labs.open();
  expect(await lab.shown('kubectl version --short')).toContain('Server Version: v1.20.11-podtide');
  expect(await lab.shown('kubectl api-versions')).toMatch(/^autoscaling\/v1\nautoscaling\/v2beta2$/m);
  expect(await lab.shown('kubectl apply -f examples/step-limits/nginx.yaml')).toBe(
    'deployment.apps/nginx created\nservice/nginx created',
  );
  expect((await lab.type('kubectl apply -f examples/step-limits/hpa.yaml')).stderr).toContain(
    'no matches for kind "HorizontalPodAutoscaler" in version "autoscaling/v2"',
  );
  expect(await lab.shown('kubectl apply -f examples/step-limits/hpa-v2beta2.yaml')).toBe(
    'horizontalpodautoscaler.autoscaling/nginx-hpa created',
  );
  expect(await lab.eventually('kubectl get hpa', /[01]%\/80%/)).toMatch(
    /^NAME {2}REFERENCE {2}TARGETS {2}MINPODS {2}MAXPODS {2}REPLICAS {2}AGE\nnginx-hpa {2}Deployment\/nginx {2}[01]%\/80% {2}1 {2}5 {2}1 {2}AGE$/,
  );

  await lab.shown(`${GENERATOR} "while true; do wget -q -O- http://nginx; done"`);
  await lab.eventually('kubectl logs load-generator', /OK!OK!/);
  await lab.eventually('kubectl get hpa nginx-hpa', / 5 {2}5 {2}AGE/);
  expect(await lab.shown('kubectl delete pod load-generator')).toBe('pod "load-generator" deleted');
  const climb = lab.changes('default/nginx-hpa');
  expect([climb[0]?.from, climb.at(-1)?.to]).toEqual([1, 5]);
  const steps = climb.map(({ at, from, to }) => ({ atMs: parseRfc3339(at) ?? 0, added: to - from }));
  for (const { atMs } of steps) {
    // Times are whole seconds, so one is left for rounding.
    const recent = steps.filter((step) => step.atMs <= atMs && atMs - step.atMs < 29_000);
    expect(recent.reduce((sum, { added }) => sum + added, 0)).toBeLessThanOrEqual(2);
  }

  // When the window of five minutes has passed, nothing but Disabled holds the five.
  const described = await lab.eventually(
    'kubectl describe hpa nginx-hpa',
    /cpu on pods.* [01]% [\s\S]*ReadyForNewScale/,
  );
  expect(described).toContain('Select Policy: Disabled');
  expect(await lab.shown('kubectl get hpa nginx-hpa')).toMatch(/ [01]%\/80% {2}1 {2}5 {2}5 {2}AGE$/);
  expect(lab.changes('default/nginx-hpa')).toEqual(climb);

  // What v1, which this release prefers, has no field for stands in its annotations.
  const asV1 = await lab.shown('kubectl get hpa nginx-hpa -o yaml');
  expect(asV1).toContain('apiVersion: autoscaling/v1\n');
  expect(asV1).toMatch(/autoscaling\.alpha\.kubernetes\.io\/behavior: '\{"ScaleUp":\{"StabilizationWindowSeconds":30,/);
  expect(asV1).toMatch(/autoscaling\.alpha\.kubernetes\.io\/conditions: '\[\{"type":"AbleToScale",/);
  expect(await lab.shown('kubectl get hpa.v2beta2.autoscaling nginx-hpa -o yaml')).toContain('selectPolicy: Disabled');
});

test('two metrics show as a table of 1.20 does, without their names', async () => {
  const lab = await labs.open();
  await lab.shown('kubectl apply -f examples/myblog/myblog.yaml');
  await lab.shown('kubectl -n test autoscale deployment myblog --cpu-percent=80 --min=1 --max=3');
  expect(await lab.eventually('kubectl -n test get hpa', / 1%\/80%/)).toContain(
    'myblog  Deployment/myblog  1%/80%  1  3  1  AGE',
  );
  await lab.shown('kubectl -n test delete hpa myblog');
  await lab.shown(
    "sed 's#autoscaling/v2#autoscaling/v2beta2#' examples/myblog/hpa-myblog.yaml | kubectl -n test apply -f -",
  );
  expect(await lab.eventually('kubectl -n test get hpa', /27%/)).toContain(
    'hpa-myblog  Deployment/myblog  27%/80%, 1%/80%  1  3  1  AGE',
  );
});
