import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import type { AdapterCommandOptions, AdapterUnderTest } from '../../test/e2e/adapter/adapter-under-test.ts';
import { wordsOutside } from '../../test/e2e/adapter/chart-release.ts';
import { UPSTREAM } from '../../test/e2e/adapter/upstream-adapter.ts';

/** Who is measured: Podtide twice, because a flag of its own decides which series are listed. */
export type ContenderName = 'podtide' | 'podtide-minimal' | 'upstream';

export const CONTENDERS: readonly ContenderName[] = ['podtide', 'podtide-minimal', 'upstream'];

/** An adapter as it is measured. */
export interface Contender extends Pick<AdapterUnderTest, 'install' | 'commandOf'> {
  /** As the tables call it. */
  readonly name: string;
}

const MANIFEST = 'deploy/adapter.yaml';
const ACCOUNT = { namespace: 'monitoring', name: 'prometheus-adapter' };
/** Nobody runs Deployments here, the rules are the bench's, and adapters are asked without the aggregation layer. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'Deployment',
  'PodDisruptionBudget',
  'ConfigMap',
  'Service',
  'APIService',
]);

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [{ readonly env?: readonly { readonly name: string; readonly value: string }[] }];
      };
    };
  };
}

/** That adapter; `nodeFlags` are for Podtide's process, such as those of Node's profilers. */
export function contenderOf(name: ContenderName, nodeFlags: readonly string[]): Contender {
  if (name === 'upstream') return UPSTREAM;
  const flags = name === 'podtide-minimal' ? ['--discovery=minimal'] : [];
  return {
    name: ['podtide', ...flags].join(' '),
    install: grantManifestRights,
    commandOf: (cluster, options) =>
      podtideCommand(cluster, nodeFlags, { ...options, flags: [...options.flags, ...flags] }),
  };
}

/** Podtide as npm ships it, with the account and in the environment of its manifest. */
async function podtideCommand(cluster: Cluster, nodeFlags: readonly string[], options: AdapterCommandOptions) {
  const { words, port } = await wordsOutside(cluster, ACCOUNT, options);
  const deployment = readManifest().find(({ kind }) => kind === 'Deployment');
  const { env = [] } = deployment?.spec.template.spec.containers[0] ?? {};
  const args = [...nodeFlags, resolve('dist/main.js'), 'adapter', ...words];
  const environment = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return { command: { name: options.name, program: process.execPath, args, environment }, port };
}

/** The rights of the manifest, those in its comments included, which `--discovery=minimal` needs. */
async function grantManifestRights(cluster: Cluster): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const name = 'prometheus-adapter-demand';
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ACCOUNT.namespace } },
    ...readManifest().filter(({ kind }) => !LEFT_OUT.has(kind)),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list', 'watch'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...ACCOUNT }],
    },
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function readManifest(): readonly Manifest[] {
  return parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document): Manifest => document.toJS());
}
