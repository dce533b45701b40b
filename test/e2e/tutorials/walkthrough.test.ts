import { afterEach, describe, expect, test } from 'vitest';
import { parseRfc3339 } from '../../../src/base/rfc3339.ts';
import { normalizeObject, reference } from '../support/reference.ts';
import { createTutorialLabs, type TutorialLab } from '../support/tutorial-lab.ts';

const GENERATOR =
  'kubectl run -i --tty load-generator --rm --image=busybox:1.28 --restart=Never -- /bin/sh -c "while sleep 0.01; do wget -q -O- http://php-apache; done"';
const HEADER = 'NAME  REFERENCE  TARGETS  MINPODS  MAXPODS  REPLICAS  AGE';

const labs = createTutorialLabs();
let lab: TutorialLab;

afterEach(labs.close);

describe('the walkthrough', () => {
  test('up under load and down after it', async () => {
    lab = await labs.open();
    expect(await lab.shown('kubectl apply -f examples/walkthrough/php-apache.yaml')).toBe(
      'deployment.apps/php-apache created\nservice/php-apache created',
    );
    expect(await lab.shown('kubectl autoscale deployment php-apache --cpu-percent=50 --min=1 --max=10')).toBe(
      'horizontalpodautoscaler.autoscaling/php-apache autoscaled',
    );
    expect(await lab.eventually('kubectl get hpa', /cpu: 0%/)).toBe(
      `${HEADER}\nphp-apache  Deployment/php-apache  cpu: 0%/50%  1  10  1  AGE`,
    );

    const generator = lab.terminal(GENERATOR);
    await generator.until(/OK!OK!/);
    const watch = lab.terminal('kubectl get hpa php-apache --watch');
    const lines = await watch.until(/43%\/50%\s+1\s+10\s+7/);
    await watch.interrupt();
    expect(seen(lines, /cpu: (\d+%)\/50%/g)).toEqual(expect.arrayContaining(['305%', '76%', '43%']));
    expect(seen(lines, /50%\s+1\s+10\s+(\d+) /g)).toEqual(['1', '4', '7']);
    expect(await lab.eventually('kubectl get deployment php-apache', /7\/7/)).toBe(
      'NAME  READY  UP-TO-DATE  AVAILABLE  AGE\nphp-apache  7/7  7  7  AGE',
    );

    // Not before all seven have been measured.
    await lab.eventually('kubectl describe hpa php-apache', /43%.*[\s\S]*ReadyForNewScale/);
    expect(await generator.interrupt()).toContain('pod "load-generator" deleted');
    const after = lab.terminal('kubectl get hpa php-apache --watch');
    await after.until(/0%\/50%\s+1\s+10\s+1 /);
    await after.interrupt();
    expect(await lab.eventually('kubectl get deployment php-apache', /1\/1/)).toBe(
      'NAME  READY  UP-TO-DATE  AVAILABLE  AGE\nphp-apache  1/1  1  1  AGE',
    );
    expect(lab.changes('default/php-apache').map(({ from, to }) => `${from} → ${to}`)).toEqual([
      '1 → 4',
      '4 → 7',
      '7 → 1',
    ]);
    const [, reached, left] = lab.changes('default/php-apache').map(({ at }) => parseRfc3339(at) ?? 0);
    expect((left ?? 0) - (reached ?? 0)).toBeGreaterThanOrEqual(300_000);

    const { stdout } = await lab.type('kubectl get hpa php-apache -o yaml');
    expect(normalizeObject(stdout)).toEqual(reference.object('5-back-to-min'));
    expect(await lab.shown('kubectl delete hpa php-apache')).toMatch(
      /^horizontalpodautoscaler\.autoscaling "php-apache" deleted/,
    );
  });

  test('several metrics, metrics with labels, and a queue', async () => {
    lab = await labs.open();
    await lab.shown('kubectl apply -f examples/walkthrough/php-apache.yaml');
    const create = 'kubectl create -f examples/walkthrough/hpa.yaml';
    expect(await lab.shown(create)).toBe('horizontalpodautoscaler.autoscaling/php-apache created');
    expect(await lab.type(create)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Error from server (AlreadyExists): error when creating "examples/walkthrough/hpa.yaml": horizontalpodautoscalers.autoscaling "php-apache" already exists\n',
    });
    await lab.eventually('kubectl get hpa php-apache', /cpu: 0%\/50%/);

    await lab.shown('kubectl apply -f examples/metrics/memory.yaml');
    expect(await lab.eventually('kubectl get hpa php-apache', /Mi\/500Mi/)).toBe(
      `${HEADER}\nphp-apache  Deployment/php-apache  memory: 64Mi/500Mi  1  10  1  AGE`,
    );

    await lab.shown('kubectl apply -f examples/metrics/main-route.yaml');
    await lab.shown('kubectl annotate ingress main-route metrics.podtide.dev/requests-per-second=25k');
    await lab.shown('kubectl annotate pods -l run=php-apache metrics.podtide.dev/packets-per-second=900');
    await lab.shown('kubectl apply -f examples/metrics/three-metrics.yaml');
    await lab.eventually(
      'kubectl get hpa php-apache',
      / cpu: 0%\/50%, 900\/1k \+ 1 more\.\.\. {2}1 {2}10 {2}\d+ {2}AGE$/,
    );
    // cpu asks for one, the packets for one, the requests for three: the largest wins.
    expect(await lab.eventually('kubectl describe hpa php-apache', /New size: 3/)).toContain(
      'New size: 3; reason: Ingress metric requests-per-second above target',
    );

    await lab.shown(
      'kubectl annotate ingress main-route "metrics.podtide.dev/http_requests=verb=GET:1900 verb=POST:9k"',
    );
    await lab.shown('kubectl apply -f examples/metrics/http-requests-get.yaml');
    await lab.eventually('kubectl get hpa php-apache', / 1900\/2k {2}1 {2}10 {2}\d+ {2}AGE$/);
    expect(JSON.parse(await rawRequests('?metricLabelSelector=verb%3DGET'))).toMatchObject({
      items: [{ describedObject: { kind: 'Ingress', name: 'main-route' }, value: '1900' }],
    });
    expect(JSON.parse(await rawRequests(''))).toMatchObject({ items: [{ value: '10900' }] });
  });

  test('95 messages at 30 a worker want four', async () => {
    lab = await labs.open();
    await lab.shown('kubectl apply -f examples/walkthrough/php-apache.yaml');
    await lab.shown('kubectl create configmap worker-tasks --from-literal=value=95');
    await lab.shown(
      'kubectl label configmap worker-tasks podtide.dev/external-metric=queue_messages_ready queue=worker_tasks',
    );
    await lab.shown('kubectl apply -f examples/metrics/queue.yaml');
    expect(await lab.eventually('kubectl get hpa php-apache', /23750m.* 4 {2}AGE/)).toBe(
      `${HEADER}\nphp-apache  Deployment/php-apache  23750m/30 (avg)  1  10  4  AGE`,
    );
  });

  test('a ReplicationController by a metric of its pods', async () => {
    lab = await labs.open();
    await lab.shown('kubectl apply -f examples/metrics/cm-test.yaml');
    await lab.eventually('kubectl -n prom get pods', /1\/1 {2}Running/);
    await lab.shown('kubectl -n prom annotate pods -l app=cm-test metrics.podtide.dev/http_requests=66m');
    const text = await lab.eventually('kubectl -n prom describe hpa cm-test', /66m/);
    expect(text.slice(0, text.indexOf('Events:')).trim()).toBe(CM_TEST);
  });
});

const CM_TEST = [
  'Name:  cm-test',
  'Namespace:  prom',
  'Labels:  <none>',
  'Annotations:  <none>',
  'CreationTimestamp:  TIME',
  'Reference:  ReplicationController/cm-test',
  'Metrics:  ( current / target )',
  '  "http_requests" on pods:  66m / 500m',
  'Min replicas:  1',
  'Max replicas:  4',
  'ReplicationController pods:  1 current / 1 desired',
  'Conditions:',
  '  Type  Status  Reason  Message',
  '  ---  ---  ---  ---',
  '  AbleToScale  True  ReadyForNewScale  recommended size matches current size',
  '  ScalingActive  True  ValidMetricFound  the HPA was able to successfully calculate a replica count from pods metric http_requests',
  '  ScalingLimited  False  DesiredWithinRange  the desired count is within the acceptable range',
].join('\n');

async function rawRequests(query: string): Promise<string> {
  const path =
    '/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/ingresses.networking.k8s.io/main-route/http_requests';
  return (await lab.type(`kubectl get --raw '${path}${query}'`)).stdout;
}

/** The matches' first groups, each once in a row. */
function seen(text: string, pattern: RegExp): readonly string[] {
  const found = [...text.matchAll(pattern)].map(([, value = '']) => value);
  return found.filter((value, index) => value !== found[index - 1]);
}

test('every command of the page has been typed', () => {
  expect(labs.untyped('docs/tutorials/en/walkthrough.md')).toEqual([]);
});
