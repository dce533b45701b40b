import { afterEach, expect, test } from 'vitest';
import { parseRfc3339 } from '../../../src/base/rfc3339.ts';
import { type Change, createTutorialLabs, type TutorialLab } from '../support/tutorial-lab.ts';

const GENERATOR = 'kubectl run -it --rm load-generator --image=busybox --restart=Never -- /bin/sh -c';

const labs = createTutorialLabs();
let lab: TutorialLab;

afterEach(labs.close);

test('at most two more in 30 seconds, and never down by itself', async () => {
  lab = await labs.open();
  expect(await lab.shown('kubectl apply -f examples/step-limits/nginx.yaml -f examples/step-limits/hpa.yaml')).toBe(
    [
      'deployment.apps/nginx created',
      'service/nginx created',
      'horizontalpodautoscaler.autoscaling/nginx-hpa created',
    ].join('\n'),
  );
  await lab.eventually('kubectl get hpa,pods', /cpu: [01]%\/80% {2}1 {2}5 {2}1 /);

  // The Service is called nginx: the address as printed has no answer, and nothing moves.
  const lost = lab.terminal(`${GENERATOR} "while true; do wget -q -O- http://nginx-service; done"`);
  await lost.until(/(wget: bad address 'nginx-service'\s+){50}/);
  expect(await lost.interrupt()).toContain('pod "load-generator" deleted');
  expect(await lab.shown('kubectl get hpa nginx-hpa')).toMatch(/cpu: [01]%\/80% {2}1 {2}5 {2}1 {2}AGE$/);
  expect(lab.changes('default/nginx-hpa')).toEqual([]);

  const generator = lab.terminal(`${GENERATOR} "while true; do wget -q -O- http://nginx; done"`);
  await generator.until(/OK!OK!/);
  await lab.eventually('kubectl get hpa nginx-hpa', / 5 {2}5 {2}AGE/);
  expect(await generator.interrupt()).toContain('pod "load-generator" deleted');
  const climb = lab.changes('default/nginx-hpa');
  expect([climb[0]?.from, climb.at(-1)?.to]).toEqual([1, 5]);
  for (const { at } of climb) expect(addedBefore(at, climb)).toBeLessThanOrEqual(2);

  // When the window of five minutes has passed, nothing but Disabled holds the five.
  await lab.eventually('kubectl describe hpa nginx-hpa', /cpu on pods.* [01]% [\s\S]*ReadyForNewScale/);
  expect(await lab.shown('kubectl get hpa nginx-hpa')).toMatch(/cpu: [01]%\/80% {2}1 {2}5 {2}5 {2}AGE$/);
  expect(lab.changes('default/nginx-hpa')).toEqual(climb);
});

test('every command of the page has been typed', () => {
  expect(labs.untyped('docs/tutorials/en/step-limits.md')).toEqual([]);
});

/**
 * Pods added in the 30 seconds up to an instant, its own included; times are whole seconds, so one is left for rounding.
 * The way is 1 → 3 → 5 unless the first sample caught only a part of the load: then it has steps of one.
 */
function addedBefore(at: string, changes: readonly Change[]): number {
  const untilMs = parseRfc3339(at) ?? 0;
  return changes
    .filter((change) => {
      const ageMs = untilMs - (parseRfc3339(change.at) ?? 0);
      return ageMs >= 0 && ageMs < 29_000;
    })
    .reduce((sum, { from, to }) => sum + to - from, 0);
}
