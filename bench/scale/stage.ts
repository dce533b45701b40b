import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import type { KubeClient, KubeObject } from '../../src/platform/kube/client.ts';
import { kubeconfigAccess } from '../../src/platform/kube/cluster-access.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { createSocketTransport } from '../../src/platform/kube/socket-transport.ts';
import { createReflector } from '../../src/platform/kube/watch-cache.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { inParallel } from '../../test/e2e/support/parallel.ts';
import { createWorkloadKind, WORKLOAD_SCALE_RIGHTS, WORKLOADS } from '../../test/e2e/support/workload-kind.ts';
import { AuditTrail, auditFlags, auditPolicyOf } from './audit-trail.ts';
import { CONTENDER_USERS } from './contenders.ts';
import { type FleetSize, fleetOf, type Member, POD_COUNT } from './fleet.ts';
import {
  HPAS,
  hpaOf,
  NAMESPACES,
  PODS,
  podName,
  podOf,
  podStatus,
  workloadOf,
  workloadStatus,
} from './fleet-objects.ts';
import { MetricsChild } from './metrics-child.ts';

const LANE_COUNT = 48;
const FOLLOW_POLL_MS = 100;

/**
 * An API server with etcd and a metrics server, and nobody else but the controller under test: targets, pods without
 * kubelets, and what a workload controller does when a target is scaled. The HPAs come with each round.
 */
export class ScaleStage {
  readonly cluster: Cluster;
  readonly audit: AuditTrail;
  readonly members: readonly Member[];
  readonly metrics: MetricsChild;
  readonly #client: KubeClient;
  readonly #folder: string;
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #podCounts = new Map<string, number>();
  readonly #memberOf: ReadonlyMap<string, Member>;
  #failure: unknown;

  private constructor(parts: {
    readonly cluster: Cluster;
    readonly audit: AuditTrail;
    readonly members: readonly Member[];
    readonly metrics: MetricsChild;
    readonly client: KubeClient;
    readonly folder: string;
  }) {
    this.cluster = parts.cluster;
    this.audit = parts.audit;
    this.members = parts.members;
    this.metrics = parts.metrics;
    this.#client = parts.client;
    this.#folder = parts.folder;
    this.#memberOf = new Map(this.members.map((member) => [`${member.namespace}/${member.name}`, member]));
  }

  /** Starts everything, with all objects but the HPAs. */
  static async open(size: FleetSize, seed: number): Promise<ScaleStage> {
    const folder = await mkdtemp(join(tmpdir(), 'podtide-scale-'));
    const auditLog = join(folder, 'audit.jsonl');
    const policy = join(folder, 'policy.json');
    await writeFile(policy, JSON.stringify(auditPolicyOf(Object.values(CONTENDER_USERS))));
    const cluster = await startCluster({ isApiServerAlone: true, apiServerFlags: auditFlags(policy, auditLog) });
    const ioClock = createSystemClock();
    const access = await kubeconfigAccess({ paths: [cluster.kubeconfig], ioClock });
    const transport = createSocketTransport({ access, ioClock });
    const options = { transport, ioClock, userAgent: 'scale-stage' };
    const client = createKubeClient(options);
    await createWorkloadKind(cluster, client);
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(WORKLOAD_SCALE_RIGHTS));
    const metrics = await MetricsChild.start(cluster, size, seed);
    const members = fleetOf(size);
    const stage = new ScaleStage({ cluster, audit: new AuditTrail(auditLog), members, metrics, client, folder });
    await stage.#createTargets(size);
    const targets = createReflector<KubeObject & { spec: { replicas: number } }, number>(options, {
      type: WORKLOADS,
      project: ({ spec }) => spec.replicas,
    });
    targets.subscribe({ updated: (key, _before, specReplicas) => stage.#onScaled(key, specReplicas) });
    await targets.start();
    stage.#closers.push(
      () => targets.stop(),
      () => transport.close(),
    );
    return stage;
  }

  /** Puts every target back to where it began, with new HPAs, and starts the loads. */
  async beginRound(): Promise<{ readonly startAtMs: number }> {
    await this.#removeHpas();
    await inParallel([...this.#podCounts.keys()], async (key) => {
      const member = this.#memberOf.get(key);
      if (member === undefined) return;
      const body = { spec: { replicas: POD_COUNT } };
      await this.#client.patch(WORKLOADS, member, { kind: 'merge', body });
    });
    while (this.#podCounts.size > 0) {
      this.requireFollowed();
      await delay(FOLLOW_POLL_MS);
    }
    await inParallel(this.members, (member) => this.#client.create(HPAS, hpaOf(member)), LANE_COUNT);
    const startAtMs = Date.now();
    this.metrics.tell({ kind: 'beginRound', startAtMs });
    return { startAtMs };
  }

  /** Throws when the pods of a target could not be made to follow its scale: then nothing measured counts. */
  requireFollowed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
    this.metrics.stop();
    await this.cluster.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #createTargets({ namespaceCount }: FleetSize): Promise<void> {
    const names = Array.from({ length: namespaceCount }, (_, index) => `fleet-${index}`);
    await inParallel(names, (name) => this.#client.create(NAMESPACES, { metadata: { name } }));
    const create = async (member: Member): Promise<void> => {
      await this.#client.create(WORKLOADS, workloadOf(member));
      for (let place = 0; place < POD_COUNT; place += 1) await this.#createPod(member, place);
      await this.#report(member, POD_COUNT);
    };
    await inParallel(this.members, create, LANE_COUNT);
  }

  async #removeHpas(): Promise<void> {
    const { items } = await this.#client.list(HPAS, { resourceVersion: '0' });
    const ours = items.filter(({ metadata }) => this.#memberOf.has(`${metadata.namespace}/${metadata.name}`));
    const remove = ({ metadata }: KubeObject): Promise<void> =>
      this.#client.delete(HPAS, { namespace: metadata.namespace ?? '', name: metadata.name });
    await inParallel(ours, remove, LANE_COUNT);
  }

  /** What a workload controller does: as many pods as the spec says, at once, then the status. */
  #onScaled(key: string, specReplicas: number): void {
    const member = this.#memberOf.get(key);
    if (member === undefined || (this.#podCounts.get(key) ?? POD_COUNT) === specReplicas) return;
    this.#follow(member, key, specReplicas).catch((thrown: unknown) => {
      this.#failure ??= thrown;
    });
  }

  async #follow(member: Member, key: string, specReplicas: number): Promise<void> {
    const podCount = this.#podCounts.get(key) ?? POD_COUNT;
    this.#podCounts.set(key, specReplicas);
    for (let place = podCount; place < specReplicas; place += 1) await this.#createPod(member, place);
    for (let place = podCount - 1; place >= specReplicas; place -= 1) {
      const ref = { namespace: member.namespace, name: podName(member, place) };
      await this.#client.delete(PODS, ref, { gracePeriodSeconds: 0 });
    }
    this.metrics.tell({ kind: 'podCount', index: member.index, podCount: specReplicas });
    await this.#report(member, specReplicas);
    if (specReplicas === POD_COUNT) this.#podCounts.delete(key);
  }

  async #createPod(member: Member, place: number): Promise<void> {
    await this.#client.create(PODS, podOf(member, place));
    const ref = { namespace: member.namespace, name: podName(member, place) };
    const patch = { kind: 'merge', body: { status: podStatus(Date.now()) } } as const;
    await this.#client.patch(PODS, ref, patch, { subresource: 'status' });
  }

  async #report(member: Member, podCount: number): Promise<void> {
    const patch = { kind: 'merge', body: { status: workloadStatus(member, podCount) } } as const;
    await this.#client.patch(WORKLOADS, member, patch, { subresource: 'status' });
  }
}
