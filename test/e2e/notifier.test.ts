import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { readManifest } from '../fixtures/manifest-objects.ts';
import { type FakeDingTalk, startFakeDingTalk } from '../sinks/fake-ding-talk.ts';
import { type SinkIdentity, sinkIdentity } from '../sinks/sink-identity.ts';
import { compileProgram } from './support/compiled-program.ts';
import { serveMetricsApi } from './support/metrics-api.ts';
import { type PodtideNotifier, type PodtideNotifierOptions, startPodtideNotifier } from './support/podtide-notifier.ts';
import { SharedLoad } from './support/shared-load.ts';
import { createTutorialLabs } from './support/tutorial-lab.ts';

const SECRET = 'SEC0f3a7c5e9b1d2846a0c4e8f2b6d0937155aa';
const GENERATOR = 'kubectl run load-generator --image=busybox --restart=Never -- /bin/sh -c';
/** The seed's own bound. */
const RESIDENT_BYTES_MAX = 128 * 1024 * 1024;
const WAIT = { timeout: 120_000, interval: 250 };
/** As long as a message that is too many would take to come. */
const QUIET_MS = 15_000;

const labs = createTutorialLabs('1.20');
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await labs.close();
});

async function robotOf(tls?: SinkIdentity['tls']): Promise<FakeDingTalk> {
  // Checks the signature as the real one does; without a keyword, because signing is enough.
  const robot = await startFakeDingTalk({ secret: SECRET, ...(tls === undefined ? {} : { tls }) });
  closers.push(() => robot.close());
  return robot;
}

/** A robot that is spoken to as the real one is, over TLS. */
async function robotOverTls(): Promise<{ readonly robot: FakeDingTalk; readonly authority: string }> {
  const { tls, authority } = await sinkIdentity();
  return { robot: await robotOf(tls), authority };
}

async function notifierOf(
  kubeconfig: string,
  robot: FakeDingTalk,
  options: Pick<PodtideNotifierOptions, 'main' | 'authority'> = {},
): Promise<PodtideNotifier> {
  const notifier = await startPodtideNotifier({ kubeconfig, robot, secret: SECRET, ...options });
  closers.push(() => notifier.stop());
  return notifier;
}

/** The text of each message that people see. */
function texts(robot: FakeDingTalk): readonly string[] {
  return robot.messages().map((message) => (message['text'] as { readonly content: string }).content);
}

/** What kind of event each message names, in the words that robots' keywords have been set to. */
function kinds(robot: FakeDingTalk): readonly string[] {
  return texts(robot).map((text) => /事件类型: (.*)/.exec(text)?.[1] ?? text);
}

/** Every request was signed, and by nothing but its three parameters. */
function expectSigned(robot: FakeDingTalk): void {
  for (const { target } of robot.received()) {
    const keys = [...new URL(target, robot.url).searchParams.keys()];
    expect(keys).toEqual(['access_token', 'timestamp', 'sign']);
  }
  expect(robot.taken()).toHaveLength(robot.received().length);
}

async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
}

test('a cluster of 1.20, HPAs of v2beta2: 1 → 3 → 5 is one start and one completion, in Chinese, and a second run is told again', async () => {
  const lab = await labs.open();
  const folder = await mkdtemp(join(tmpdir(), 'podtide-lab-'));
  closers.push(() => rm(folder, { recursive: true }));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, (await lab.type('cat $KUBECONFIG')).stdout);
  await lab.shown('kubectl apply -f examples/step-limits/nginx.yaml -f examples/step-limits/hpa-v2beta2.yaml');
  await lab.eventually('kubectl get hpa', /[01]%\/80%/);
  const robot = await robotOf();
  const notifier = await notifierOf(kubeconfig, robot);
  expect(notifier.log).toContainEqual(
    expect.objectContaining({ msg: 'HPAs are watched', version: 'autoscaling/v2beta2', hpaCount: 1 }),
  );

  await lab.shown(`${GENERATOR} "while true; do wget -q -O- http://nginx; done"`);
  await expect.poll(() => kinds(robot), WAIT).toEqual(['hpa扩容开始', 'hpa扩容完成']);
  await lab.shown('kubectl delete pod load-generator');
  const [started = '', completed = ''] = texts(robot);
  expect(started).toMatch(/HPA 扩容触发[\s\S]*default\/nginx[\s\S]*当前副本数: 1[\s\S]*指标详情: .*cpu.*80%/);
  expect(completed).toMatch(/HPA 扩容完成[\s\S]*当前副本数: 5/);
  await quiet();
  expect(kinds(robot)).toHaveLength(2);

  await lab.shown('kubectl scale deployment nginx --replicas=1');
  await lab.eventually('kubectl get hpa nginx-hpa', / 5 {2}1 {2}AGE/);
  await lab.shown(`${GENERATOR} "while true; do wget -q -O- http://nginx; done"`);
  await expect.poll(() => kinds(robot).slice(2), WAIT).toEqual(['hpa扩容开始', 'hpa扩容完成']);
  expectSigned(robot);
});

test('every command of the page has been typed', () => {
  expect(labs.untyped('docs/tutorials/en/notifications.md')).toEqual([]);
});

test('a real API server and upstream’s own controller, with the right to read HPAs alone, at 200 HPAs, within 128 MiB', async () => {
  const program = await compileProgram();
  closers.push(() => program.remove());
  const controllerManagerFlags = ['--horizontal-pod-autoscaler-sync-period=2s'];
  const cluster: Cluster = await startCluster({ withHpaController: true, controllerManagerFlags });
  closers.push(() => cluster.stop());
  await cluster.kubectl(['apply', '-f', 'examples/step-limits/nginx.yaml', '-f', 'examples/step-limits/hpa.yaml']);
  const load = new SharedLoad(cluster.api, { windowMs: 2_000 });
  const metrics = await serveMetricsApi(cluster, load);
  closers.push(() => metrics.stop());
  await cluster.kubectl(['apply', '-f', '-'], idleHpas(199));
  const kubeconfig = await seedAccount(cluster);
  const { robot, authority } = await robotOverTls();
  const notifier = await notifierOf(kubeconfig, robot, { main: program.main, authority });
  const missing = notifier.log.find(({ msg }) => String(msg).startsWith('this account may not: '));
  for (const right of ['list deployments.apps', 'watch deployments.apps', 'list pods', 'watch pods', 'get */scale.*']) {
    expect(missing?.['msg']).toContain(right);
  }

  load.totalMilli = 900;
  await expect.poll(() => kinds(robot), WAIT).toEqual(['hpa扩容开始', 'hpa扩容完成']);
  expect(texts(robot)[1]).toMatch(/HPA 扩容完成[\s\S]*当前副本数: 5/);
  // Nobody could look at pods, and the message says so.
  expect(texts(robot)[1]).toContain('未核实');
  load.totalMilli = 0;
  await quiet();
  expect(kinds(robot)).toHaveLength(2);

  await cluster.kubectl(['scale', 'deployment', 'nginx', '--replicas=1']);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  load.totalMilli = 900;
  await expect.poll(() => kinds(robot).slice(2), WAIT).toEqual(['hpa扩容开始', 'hpa扩容完成']);
  expectSigned(robot);
  expect(await notifier.residentBytesMax()).toBeLessThan(RESIDENT_BYTES_MAX);
});

/** The account of the manifest that has the seed's role, and nothing else of it. */
async function seedAccount(cluster: Cluster): Promise<string> {
  const kinds = new Set(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding']);
  const items = readManifest('deploy/notifier-hpas-only.yaml').objects.filter(({ kind }) => kinds.has(kind));
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return cluster.kubeconfigFor({ namespace: 'default', name: 'hpa-watcher' });
}

/** HPAs of Deployments that are at zero: the controller lets them be. */
function idleHpas(count: number): string {
  const items = Array.from({ length: count }, (_, index) => {
    const name = `idle-${index}`;
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
    const metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
    ];
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
    return [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: { replicas: 0, selector: { matchLabels: labels }, template },
      },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name },
        spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5, metrics },
      },
    ];
  }).flat();
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
