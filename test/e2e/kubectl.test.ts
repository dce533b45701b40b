import { describe, expect, test } from 'vitest';
import { findKubectl, KUBECTL_MINORS, OPTIONAL_KUBECTL_MINOR } from '../../scripts/components/kubectl.ts';
import type { KubectlSession } from './support/kubectl-session.ts';
import { startSession } from './support/kubectl-session.ts';

const HPA = (maxReplicas: number): string => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: ${maxReplicas}
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}
`;

const DEPLOYMENT_PATH = '/apis/apps/v1/namespaces/default/deployments/web';
const ROLLED_OUT = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const POD_RUNS = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [
    {
      name: 'gen',
      ready: true,
      restartCount: 0,
      image: 'busybox',
      imageID: '',
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    },
  ],
};

/** What a client can do, by its age: the rest of a story is left out for those that cannot. */
interface Abilities {
  /** Does not ask the document of types whether the server can try a write. */
  readonly canDiff: boolean;
  readonly hasExplainByOpenApi3: boolean;
  readonly hasTokens: boolean;
  readonly hasWebSockets: boolean;
  readonly hasSubresource: boolean;
  /** Describes HPAs by version 2, not by version 1. */
  readonly describesMetrics: boolean;
}

function abilitiesOf(minor: string): Abilities {
  const age = Number(minor.split('.')[1]);
  return {
    canDiff: age >= 27,
    hasExplainByOpenApi3: age >= 28,
    hasTokens: age >= 24,
    hasWebSockets: age >= 30,
    hasSubresource: age >= 24,
    describesMetrics: age >= 23,
  };
}

const found = await Promise.all(
  KUBECTL_MINORS.map(async (minor) => ({ minor, program: (await findKubectl(minor)) ?? '' })),
);
const missing = found.filter(({ minor, program }) => program === '' && minor !== OPTIONAL_KUBECTL_MINOR);

describe('kubectl against the embedded API server', () => {
  test('every version that can be had is there; otherwise: npm run components', () => {
    expect(missing).toEqual([]);
  });

  for (const { minor, program } of found.filter((each) => each.program !== '')) {
    test(`kubectl ${minor}`, { timeout: 180_000 }, async () => {
      const session = await startSession(program);
      try {
        const abilities = abilitiesOf(minor);
        await readsTheServer(session, abilities);
        await createsAndReads(session, abilities);
        await appliesAndEdits(session, abilities);
        await scalesAndRollsOut(session, abilities);
        await watches(session);
        await looksIntoPods(session, abilities);
        await deletes(session);
      } finally {
        await session.close();
      }
    });
  }
});

/** Runs a command that must succeed, and returns what it printed. */
async function ok(session: KubectlSession, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await session.run(args);
  expect(code, `kubectl ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** Runs a command that must fail, and returns what it complained of. */
async function refused(session: KubectlSession, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await session.run(args);
  expect(code, `kubectl ${args.join(' ')}\n${stdout}${stderr}`).not.toBe(0);
  return stderr;
}

async function readsTheServer(session: KubectlSession, abilities: Abilities): Promise<void> {
  expect(await ok(session, 'version')).toContain('1.36.3-podtide');
  expect(await ok(session, 'get', 'ns', '-o', 'name')).toBe(
    ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map((name) => `namespace/${name}\n`).join(''),
  );
  expect(await ok(session, 'api-resources')).toMatch(
    /^horizontalpodautoscalers +hpa +autoscaling\/v[12] +true +HorizontalPodAutoscaler$/m,
  );
  expect(await ok(session, 'api-versions')).toMatch(/^autoscaling\/v1\nautoscaling\/v2$/m);
  expect(await refused(session, 'get', 'nonsense')).toContain(`the server doesn't have a resource type "nonsense"`);
  expect(await ok(session, 'get', '--raw', '/healthz')).toBe('ok');
  expect(await ok(session, 'auth', 'can-i', 'create', 'deployments.apps')).toBe('yes\n');
  expect(await ok(session, 'auth', 'can-i', '--list')).toContain('*.*');
  const node = await session.file('node.json', '{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-1"}}');
  await ok(session, 'create', '-f', node);
  await session.setStatus('/api/v1/nodes/node-1', { allocatable: { cpu: '4', memory: '8Gi' } });
  expect(await ok(session, 'top', 'nodes')).toMatch(/^node-1 +1200m +30% +4096Mi +50%/m);
  expect(await ok(session, 'describe', 'node', 'node-1')).toContain('Allocatable:');
  expect(await ok(session, 'get', 'apiservice', 'v1beta1.metrics.k8s.io')).toMatch(
    /^NAME +SERVICE +AVAILABLE +AGE\nv1beta1\.metrics\.k8s\.io +Local +True +\d+s$/m,
  );
  const proxied = '/api/v1/nodes/node-1/proxy/metrics/resource';
  expect(await ok(session, 'get', '--raw', proxied)).toMatch(/^node_cpu_usage_seconds_total [\d.]+ \d+$/m);
  expect(await refused(session, 'get', '--raw', '/api/v1/nodes/node-2/proxy/metrics')).toContain('"node-2" not found');
  if (!abilities.hasExplainByOpenApi3) return;
  const explained = await ok(session, 'explain', 'hpa.spec');
  expect(explained).toMatch(/^ {2}maxReplicas\t<integer> -required-$/m);
  expect(explained).toMatch(/^ {2}metrics\t<\[\]MetricSpec>$/m);
}

async function createsAndReads(session: KubectlSession, abilities: Abilities): Promise<void> {
  expect(await ok(session, 'create', 'ns', 'other')).toBe('namespace/other created\n');
  expect(await ok(session, 'create', 'deployment', 'web', '--image=registry.example/web:1')).toBe(
    'deployment.apps/web created\n',
  );
  expect(await ok(session, 'create', 'configmap', 'settings', '--from-literal=a=b', '-n', 'other')).toContain(
    'created',
  );
  expect(await ok(session, 'create', 'serviceaccount', 'robot')).toBe('serviceaccount/robot created\n');
  if (abilities.hasTokens) expect((await ok(session, 'create', 'token', 'robot')).trim()).toMatch(/^[\w-]{20,}$/);
  expect(await ok(session, 'expose', 'deployment', 'web', '--port=80')).toBe('service/web exposed\n');
  expect(await ok(session, 'get', 'deploy', 'web', '-o', 'wide')).toMatch(
    /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\nweb +0\/1 +0 +0 +\d+s +web +registry.example\/web:1 +app=web$/m,
  );
  expect(await ok(session, 'get', 'deploy', '-A', '-l', 'app=web', '--no-headers')).toMatch(/^default +web /);
  expect(await ok(session, 'get', 'deploy', '--field-selector=metadata.name=none')).toBe('');
  expect(await ok(session, 'get', 'all')).toContain('deployment.apps/web');
  expect(await ok(session, 'get', 'ns', '--chunk-size=2', '-o', 'name')).toContain('namespace/other');
  expect(await ok(session, 'get', 'ns', '--sort-by=.metadata.name', '-o', 'jsonpath={.items[0].metadata.name}')).toBe(
    'default',
  );
  expect(
    await ok(session, 'autoscale', 'deployment', 'web', '--max=5', ...cpuTarget(await ok(session, 'autoscale', '-h'))),
  ).toContain('autoscaled');
  expect(await ok(session, 'get', 'hpa')).toMatch(
    /^NAME +REFERENCE +TARGETS +MINPODS +MAXPODS +REPLICAS +AGE\nweb +Deployment\/web +cpu: <unknown>\/50% +1 +5 +0 +\d+s$/m,
  );
  const raw = await ok(session, 'get', '--raw', '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/web');
  expect(JSON.parse(raw).spec.targetCPUUtilizationPercentage).toBe(50);
  const described = await ok(session, 'describe', 'hpa', 'web');
  expect(described).toMatch(
    abilities.describesMetrics
      ? /^ {2}resource cpu on pods {2}\(as a percentage of request\): +<unknown> \/ 50%$/m
      : /^Target CPU utilization: +50%$/m,
  );
  expect(await ok(session, 'describe', 'deploy', 'web')).toMatch(/^Selector: +app=web$/m);
  expect(await refused(session, 'get', 'deploy', 'nope')).toContain('deployments.apps "nope" not found');
  await ok(session, 'delete', 'hpa', 'web');
}

/** The flag changed its name in 1.36. */
function cpuTarget(help: string): readonly string[] {
  return help.includes("--cpu=''") || /--cpu=/.test(help.replaceAll('--cpu-percent=', ''))
    ? ['--cpu=50%']
    : ['--cpu-percent=50'];
}

async function appliesAndEdits(session: KubectlSession, { canDiff }: Abilities): Promise<void> {
  const file = await session.file('hpa.yaml', HPA(10));
  expect(await ok(session, 'apply', '-f', file)).toContain('created');
  expect(await ok(session, 'apply', '-f', file)).toContain('unchanged');
  await session.file('hpa.yaml', HPA(12));
  if (canDiff) {
    const diff = await session.run(['diff', '-f', file]);
    expect([diff.code, diff.stdout.includes('+  maxReplicas: 12')]).toEqual([1, true]);
  }
  expect(await ok(session, 'apply', '-f', file)).toContain('configured');
  expect(await ok(session, 'apply', '--server-side', '--force-conflicts', '-f', file)).toContain('serverside-applied');
  await ok(session, 'patch', 'hpa', 'web', '-p', '{"spec":{"minReplicas":2}}');
  await ok(session, 'patch', 'hpa', 'web', '--type=merge', '-p', '{"spec":{"minReplicas":3}}');
  await ok(session, 'patch', 'hpa', 'web', '--type=json', '-p', '[{"op":"test","path":"/spec/minReplicas","value":3}]');
  expect(await refused(session, 'patch', 'hpa', 'web', '-p', '{"spec":{"maxReplicas":1}}')).toContain(
    'spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`',
  );
  const edited = await session.run(['edit', 'hpa', 'web'], {
    environment: { EDITOR: "sed -i 's/maxReplicas: 12/maxReplicas: 14/'" },
  });
  expect([edited.code, edited.stdout]).toEqual([0, 'horizontalpodautoscaler.autoscaling/web edited\n']);
  expect(await ok(session, 'get', 'hpa', 'web', '-o', 'jsonpath={.spec.maxReplicas}')).toBe('14');
  await ok(session, 'label', 'hpa', 'web', 'team=a');
  await ok(session, 'annotate', 'hpa', 'web', 'note=b');
  await ok(session, 'label', 'hpa', 'web', 'team-');
  await ok(session, 'set', 'image', 'deploy/web', 'web=registry.example/web:2');
  await ok(session, 'set', 'env', 'deploy/web', 'A=1');
  await ok(session, 'set', 'resources', 'deploy/web', '--requests=cpu=0.5');
  expect(await ok(session, 'get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0]}')).toContain(
    '"cpu":"500m"',
  );
  expect(await ok(session, 'replace', '-f', file)).toContain('replaced');
  expect(await refused(session, 'create', '-f', file)).toContain('already exists');
}

async function scalesAndRollsOut(session: KubectlSession, { hasSubresource }: Abilities): Promise<void> {
  expect(await ok(session, 'scale', 'deploy', 'web', '--replicas=3')).toBe('deployment.apps/web scaled\n');
  expect(await ok(session, 'scale', 'deploy', 'web', '--current-replicas=3', '--replicas=2')).toContain('scaled');
  if (hasSubresource) {
    expect(await ok(session, 'get', 'deploy', 'web', '--subresource=scale')).toMatch(
      /^NAME +DESIRED +AVAILABLE +AGE\nweb +2 +0 /,
    );
  }
  expect(await ok(session, 'rollout', 'restart', 'deploy/web')).toBe('deployment.apps/web restarted\n');
  const waiting = session.start(['rollout', 'status', 'deploy/web', '--timeout=20s']);
  await waiting.until(/Waiting for deployment/);
  const generation = Number(await ok(session, 'get', 'deploy', 'web', '-o', 'jsonpath={.metadata.generation}'));
  const conditions = [{ type: 'Available', status: 'True' }];
  await session.setStatus(DEPLOYMENT_PATH, { ...ROLLED_OUT, observedGeneration: generation, conditions });
  await waiting.until(/deployment "web" successfully rolled out/);
  await waiting.stop();
  expect(await ok(session, 'wait', '--for=condition=Available', 'deploy/web', '--timeout=10s')).toContain(
    'condition met',
  );
  expect(await ok(session, 'rollout', 'history', 'deploy/web')).toContain('deployment.apps/web');
}

async function watches(session: KubectlSession): Promise<void> {
  const watching = session.start(['get', 'hpa', '-w']);
  await watching.until(/^web /m);
  await ok(session, 'patch', 'hpa', 'web', '--type=merge', '-p', '{"spec":{"maxReplicas":20}}');
  const printed = await watching.until(/^web .* 20 /m);
  await watching.stop();
  expect(printed.match(/^NAME/gm)).toHaveLength(1);
}

async function looksIntoPods(session: KubectlSession, { hasWebSockets }: Abilities): Promise<void> {
  expect(await ok(session, 'run', 'gen', '--image=busybox', '--', 'sleep', '1')).toContain('pod/gen created');
  await session.setStatus('/api/v1/namespaces/default/pods/gen', POD_RUNS);
  expect(await ok(session, 'get', 'pods')).toMatch(/^gen +1\/1 +Running +0 /m);
  expect(await ok(session, 'logs', 'gen')).toBe('OK!\nOK!\n');
  expect(await ok(session, 'logs', '-f', 'gen')).toBe('OK!\nOK!\nfollowed\n');
  expect(await ok(session, 'describe', 'pod', 'gen')).toMatch(/^Status: +Running$/m);
  expect(await ok(session, 'top', 'pods')).toMatch(/^web-1 +305m +64Mi/m);
  expect(await ok(session, 'get', 'events')).toBe('');
  if (!hasWebSockets) return;
  const attached = await session.run(['attach', '-i', 'gen'], { stdin: 'typed\n' });
  expect([attached.code, attached.stdout]).toEqual([0, 'hello\ntyped\n']);
}

async function deletes(session: KubectlSession): Promise<void> {
  expect(await ok(session, 'delete', 'hpa', 'web')).toContain('deleted');
  const held = HPA(10).replace('name: web\nspec', 'name: held\n  finalizers: [example.com/hold]\nspec');
  await ok(session, 'create', '-f', await session.file('held.yaml', held));
  const waiting = session.start(['delete', 'hpa', 'held']);
  await waiting.until(/deleted/);
  await ok(session, 'patch', 'hpa', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
  await expect.poll(async () => (await session.run(['get', 'hpa', 'held'])).code).toBe(1);
  await waiting.stop();
  expect(await ok(session, 'delete', 'deploy', 'web', '--cascade=orphan')).toContain('deleted');
  expect(await ok(session, 'delete', 'pod', 'gen', '--now')).toContain('deleted');
  expect(await ok(session, 'delete', 'ns', 'other', '--timeout=20s')).toContain('deleted');
  expect(await ok(session, 'get', 'cm', '-n', 'other', '-o', 'name')).toBe('');
}
