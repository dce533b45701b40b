import { afterEach, expect, test } from 'vitest';
import { createTutorialLabs, type TutorialLab } from '../support/tutorial-lab.ts';

const labs = createTutorialLabs();
let lab: TutorialLab;

afterEach(labs.close);

test('memory and cpu, in the order of the spec, and a second HPA stops both', async () => {
  lab = await labs.open();
  expect(await lab.shown('kubectl apply -f examples/myblog/myblog.yaml')).toBe(
    'namespace/test created\ndeployment.apps/myblog created\nservice/myblog created',
  );
  expect(await lab.shown('kubectl -n test scale deployment myblog --replicas=2')).toBe('deployment.apps/myblog scaled');
  await lab.eventually('kubectl -n test get deployment myblog', /2\/2/);
  await lab.shown('kubectl -n test scale deploy myblog --replicas=1');
  await lab.eventually('kubectl -n test get deployment myblog', /1\/1/);

  expect(await lab.shown('kubectl -n test apply -f examples/myblog/hpa-myblog.yaml')).toBe(
    'horizontalpodautoscaler.autoscaling/hpa-myblog created',
  );
  expect(await lab.eventually('kubectl -n test get hpa', /cpu: 1%/)).toBe(
    [
      'NAME  REFERENCE  TARGETS  MINPODS  MAXPODS  REPLICAS  AGE',
      'hpa-myblog  Deployment/myblog  memory: 27%/80%, cpu: 1%/80%  1  3  1  AGE',
    ].join('\n'),
  );

  expect(await lab.shown('kubectl -n test autoscale deployment myblog --cpu-percent=80 --min=1 --max=3')).toBe(
    'horizontalpodautoscaler.autoscaling/myblog autoscaled',
  );
  for (const name of ['hpa-myblog', 'myblog']) {
    expect(await lab.eventually(`kubectl -n test describe hpa ${name}`, /AmbiguousSelector/)).toContain(
      'ScalingActive  False  AmbiguousSelector  pods by selector app=myblog are controlled by multiple HPAs: [test/hpa-myblog test/myblog]',
    );
  }

  // Whoever takes one of them away has autoscaling back.
  await lab.shown('kubectl -n test delete hpa myblog');
  await lab.eventually('kubectl -n test describe hpa hpa-myblog', /ScalingActive {2}True {2}ValidMetricFound/);
});

test('every command of the page has been typed', () => {
  expect(labs.untyped('docs/tutorials/en/two-metrics.md')).toEqual([]);
});
