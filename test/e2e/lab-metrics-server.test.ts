import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { METRICS_SERVER_ARGUMENTS } from '../fixtures/metrics-server-arguments.ts';
import { createTutorialLabs, type TutorialLab } from './support/tutorial-lab.ts';

// A metrics server as tutorials and our own manifest install it, in a lab twenty times as fast as the world.

const COMPONENTS = 'test/fixtures/metrics-server-components.yaml';
const OURS = 'deploy/metrics-server.yaml';
const APIS = 'apiservice/v1beta1.metrics.k8s.io';

const labs = createTutorialLabs();
let lab: TutorialLab;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-components-'));
  lab = await labs.open();
  await lab.shown('kubectl create deployment myblog --image=nginx');
  await lab.eventually('kubectl get deployment myblog', /1\/1/);
});
afterAll(async () => {
  await labs.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a command prints that has nothing to complain about. */
async function printed(commandLine: string): Promise<string> {
  const { code, stdout, stderr } = await lab.type(commandLine);
  expect([code, stderr], commandLine).toEqual([0, '']);
  return stdout.trim();
}

interface Line {
  readonly level: string;
  readonly msg: string;
}

async function logLines(): Promise<readonly Line[]> {
  const text = await printed('kubectl -n kube-system logs -l k8s-app=metrics-server --tail=-1');
  return text.split('\n').map((line) => JSON.parse(line));
}

/** The manifest with other words for its server, and the port that they name. */
async function withWords(words: readonly string[]): Promise<string> {
  const objects = parseAllDocuments(readFileSync(COMPONENTS, 'utf8')).map((document) => document.toJS());
  const { spec } = objects.find(({ kind }) => kind === 'Deployment').spec.template;
  const port = words.find((word) => word.startsWith('--secure-port='))?.split('=')[1];
  spec.containers[0].args = words;
  if (port !== undefined) spec.containers[0].ports[0].containerPort = Number(port);
  const manifest = join(folder, 'components.yaml');
  await writeFile(manifest, objects.map((object) => stringify(object)).join('---\n'));
  return manifest;
}

/** Takes everything away again, and sees the lab's own API in its place. */
async function takeAway(manifest: string): Promise<void> {
  await printed(`kubectl delete -f ${manifest}`);
  await lab.eventually(`kubectl get ${APIS} --no-headers`, /Local {2}True/);
  await lab.eventually('kubectl top nodes --no-headers', /^node-1 .*\nnode-2 .*\nnode-3 /);
  await lab.eventually('kubectl -n kube-system get pods -l k8s-app=metrics-server -o name', /^$/);
}

describe('components.yaml of metrics-server', () => {
  afterEach(() => takeAway(COMPONENTS));

  test('is accepted without a warning, and its APIService becomes available', async () => {
    expect((await printed(`kubectl apply -f ${COMPONENTS}`)).split('\n')).toEqual([
      'serviceaccount/metrics-server created',
      'clusterrole.rbac.authorization.k8s.io/system:aggregated-metrics-reader created',
      'clusterrole.rbac.authorization.k8s.io/system:metrics-server created',
      'rolebinding.rbac.authorization.k8s.io/metrics-server-auth-reader created',
      'clusterrolebinding.rbac.authorization.k8s.io/metrics-server:system:auth-delegator created',
      'clusterrolebinding.rbac.authorization.k8s.io/system:metrics-server created',
      'service/metrics-server created',
      'deployment.apps/metrics-server created',
      'apiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io configured',
    ]);
    expect(await lab.shown(`kubectl get ${APIS} --no-headers`)).toMatch(/kube-system\/metrics-server {2}False \(\w+\)/);
    await printed(`kubectl wait --for=condition=Available ${APIS} --timeout=60s`);
    expect(await lab.shown(`kubectl get ${APIS} --no-headers`)).toMatch(/kube-system\/metrics-server {2}True {2}AGE/);
    const yaml = await printed(`kubectl get ${APIS} -o yaml`);
    expect(yaml).toContain('insecureSkipTLSVerify: true');
    expect(yaml).toContain('message: all checks passed');
    expect(yaml).not.toContain('automanaged');

    const [heading = '', ...nodes] = (await lab.shown('kubectl top nodes')).split('\n');
    expect(heading).toMatch(/^NAME {2}CPU\(cores\) {2}CPU\(?%\)? {2}MEMORY\(bytes\) {2}MEMORY\(?%\)?$/);
    expect(nodes.map((line) => line.split('  ').length)).toEqual([5, 5, 5]);
    await lab.eventually('kubectl top pods --no-headers', /^myblog-\S+ {2}1m {2}32Mi$/);

    const lines = await logLines();
    const warnings = lines.filter(({ level, msg }) => level === 'warn' && msg.includes('tls'));
    expect(warnings.map(({ msg }) => msg.split(':')[0])).toEqual(['--kubelet-insecure-tls']);
    expect(lines.map(({ msg }) => msg)).toContain('the metrics server has numbers');
  });

  test.each(METRICS_SERVER_ARGUMENTS.filter(({ source }) => /^(v0|a tutorial)/.test(source)))(
    'with the words of $source it starts and serves',
    async ({ words, isInsecure }) => {
      await printed(`kubectl apply -f ${await withWords(words)}`);
      await printed(`kubectl wait --for=condition=Available ${APIS} --timeout=60s`);
      await lab.eventually('kubectl top nodes --no-headers', /^node-1 .*\nnode-2 .*\nnode-3 /);
      const insecure = (await logLines()).filter(({ msg }) => msg.startsWith('--kubelet-insecure-tls'));
      expect(insecure).toHaveLength(isInsecure ? 1 : 0);
    },
  );

  test.each<readonly [why: string, word: string, told: RegExp]>([
    ['an unknown flag', '--kubelet-insecure', /^podtide: --kubelet-insecure: /],
    ['an en dash', '–v=4', /^podtide: –v=4: /],
    ['a value that breaks its rule', '--metric-resolution=1s', /^podtide: --metric-resolution=1s: /],
    ['a file that is not in the container', '--tls-cert-file=/etc/hostname', /\/etc\/hostname/],
  ])('%s ends the container with the very error', async (_why, word, told) => {
    const key = word.startsWith('--tls') ? ['--tls-private-key-file=/etc/hostname'] : [];
    await printed(`kubectl apply -f ${await withWords([word, ...key])}`);
    await lab.eventually(
      'kubectl -n kube-system get pods -l k8s-app=metrics-server --no-headers',
      /^metrics-server-\S+ {2}0\/1 {2}CrashLoopBackOff {2}[1-9]/,
    );
    expect(await printed('kubectl -n kube-system logs -l k8s-app=metrics-server')).toMatch(told);
    expect(await printed('kubectl -n kube-system logs -l k8s-app=metrics-server')).not.toContain('podtide-container');
    const described = await lab.shown('kubectl -n kube-system describe pods -l k8s-app=metrics-server');
    expect(described).toMatch(/Last State: +Terminated\n +Reason: +Error\n +Exit Code: +[26]\n/);
    expect(described).toContain('Back-off restarting failed container metrics-server in pod metrics-server-');
  });

  test('its account may do what its roles say, and nothing else', async () => {
    await printed(`kubectl apply -f ${COMPONENTS}`);
    await printed(`kubectl wait --for=condition=Available ${APIS} --timeout=60s`);
    await printed('kubectl delete clusterrole system:metrics-server');
    await printed('kubectl -n kube-system delete pod -l k8s-app=metrics-server');
    await lab.eventually(
      `kubectl get ${APIS} --no-headers`,
      /kube-system\/metrics-server {2}False \(MissingEndpoints\)/,
    );
    await lab.eventually(
      'kubectl -n kube-system logs -l k8s-app=metrics-server',
      /podtide: this account may not: list nodes .*watch pods[\s\S]*ClusterRole must grant/,
    );
    expect((await lab.type('kubectl top nodes')).code).toBe(1);
    await printed(`kubectl apply -f ${COMPONENTS}`);
    await printed(`kubectl wait --for=condition=Available ${APIS} --timeout=60s`);
  });

  test('it is away while it is scaled to none', async () => {
    await printed(`kubectl apply -f ${COMPONENTS}`);
    await printed(`kubectl wait --for=condition=Available ${APIS} --timeout=60s`);
    await printed('kubectl -n kube-system scale deployment metrics-server --replicas=0');
    await lab.eventually(
      `kubectl get ${APIS} --no-headers`,
      /kube-system\/metrics-server {2}False \(MissingEndpoints\)/,
    );
    await printed('kubectl -n kube-system scale deployment metrics-server --replicas=2');
    await printed('kubectl -n kube-system rollout status deployment metrics-server --timeout=60s');
    await printed(`kubectl wait --for=condition=Available ${APIS} --timeout=60s`);
  });
});

test('deploy/metrics-server.yaml takes both versions over, with its own certificate', async () => {
  await printed(`kubectl apply -f ${OURS}`);
  await printed(`kubectl wait --for=condition=Available ${APIS} apiservice/v1.metrics.k8s.io --timeout=60s`);
  for (const version of ['v1', 'v1beta1']) {
    const { spec } = JSON.parse(await printed(`kubectl get apiservice ${version}.metrics.k8s.io -o json`));
    expect(spec.insecureSkipTLSVerify).toBeUndefined();
    expect(Buffer.from(spec.caBundle, 'base64').toString()).toContain('BEGIN CERTIFICATE');
    const served = await lab.eventually(`kubectl get --raw /apis/metrics.k8s.io/${version}/nodes`, /"node-3"/);
    expect(JSON.parse(served).apiVersion).toBe(`metrics.k8s.io/${version}`);
  }
  expect((await logLines()).filter(({ level }) => level !== 'info')).toEqual([]);
  await takeAway(OURS);
});

test('podtide metrics-server in a terminal measures the lab', async () => {
  const kubeconfig = await printed('echo $KUBECONFIG');
  const words = [
    `--kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    `--cert-dir=${folder}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--kubelet-use-node-status-port',
    '--metric-resolution=10s',
    '--kubelet-request-timeout=5s',
  ];
  const child = spawn(process.execPath, [resolve('src/app/cli/main.ts'), 'metrics-server', ...words], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  const lines: Line[] = [];
  try {
    const url = await new Promise<string>((found, fail) => {
      let listens = '';
      child.once('close', (code) => fail(new Error(`it ended with ${code}: ${JSON.stringify(lines)}`)));
      createInterface({ input: child.stderr }).on('line', (line) => {
        const read = JSON.parse(line);
        lines.push(read);
        if (read.url !== undefined) listens = read.url;
        if (read.msg === 'the metrics server has numbers') found(listens);
      });
    });
    const token = await printed("kubectl config view --raw -o 'jsonpath={.users[0].user.token}'");
    const answer = await printed(
      `curl -sk -H 'Authorization: Bearer ${token}' ${url}/apis/metrics.k8s.io/v1beta1/nodes`,
    );
    const { items } = JSON.parse(answer);
    expect(items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
      'node-1',
      'node-2',
      'node-3',
    ]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  } finally {
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  }
});
