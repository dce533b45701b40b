import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.ts';
import type { KubeClient, KubeObject } from '../../../src/platform/kube/client.ts';
import { kubeconfigAccess } from '../../../src/platform/kube/cluster-access.ts';
import { createKubeClient } from '../../../src/platform/kube/kube-client.ts';
import { createSocketTransport } from '../../../src/platform/kube/socket-transport.ts';
import type { KubeTransport } from '../../../src/platform/kube/transport.ts';
import { createSystemClock } from '../../../src/platform/time/system-clock.ts';
import { type MetricsAnswer, serveMetricsApis } from '../support/metrics-api.ts';
import { inParallel } from '../support/parallel.ts';
import { startPodtideController, timingFlags } from '../support/podtide-controller.ts';
import { createWorkloadKind, WORKLOAD_GROUP, WORKLOAD_SCALE_RIGHTS, WORKLOADS } from '../support/workload-kind.ts';
import type { Story } from './story.ts';
import { storyMetrics } from './story-metrics.ts';
import { PODS, StoryPlay } from './story-play.ts';
import { readinessFlags, TIMING } from './timing.ts';

/** What was written down of a play. */
export interface Performance {
  /** The audit log, one event a line. */
  readonly auditLines: readonly string[];
  /** What the metrics server answered, by the audit log's name of the request. */
  readonly answers: ReadonlyMap<string, MetricsAnswer>;
  /** Acts that the API server did not let happen. */
  readonly refusedActs: readonly string[];
  /** When the last story ended: what begins later may be cut off in its midst, and may meet a metrics server that is gone. */
  readonly endedAtMs: number;
}

export interface PerformanceOptions {
  readonly controller: 'upstream' | 'podtide';
  readonly durationMs: number;
  /** How much later than its HPA each story begins: another phase against the syncs. */
  readonly phaseMs?: number;
}

const FOLLOW_MS = 500;
/** The record goes on for so long after the last story, that whatever began before is in it whole. */
const TAIL_MS = 2_000;

/** Plays the stories side by side on a real control plane of their own, with the one controller or the other. */
export async function perform(stories: readonly Story[], options: PerformanceOptions): Promise<Performance> {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-differential-'));
  const auditLog = join(folder, 'audit.jsonl');
  const policy = join(folder, 'policy.json');
  await writeFile(policy, JSON.stringify(AUDIT_POLICY));
  const cluster = await startCluster({
    withHpaController: options.controller === 'upstream',
    apiServerFlags: [
      `--audit-policy-file=${policy}`,
      `--audit-log-path=${auditLog}`,
      // Pods are made before their namespace's ServiceAccount is there.
      '--disable-admission-plugins=ServiceAccount',
    ],
    controllerManagerFlags: [
      ...timingFlags(TIMING),
      ...readinessFlags(),
      '--concurrent-horizontal-pod-autoscaler-syncs=50',
      '--kube-api-qps=2000',
      '--kube-api-burst=4000',
    ],
  });
  const { client, transport } = await openClient(cluster);
  try {
    const play = new Stage(cluster, client, stories);
    const endedAtMs = await play.run(options);
    const auditLines = (await readFile(auditLog, 'utf8')).split('\n');
    return { auditLines, answers: play.answers, refusedActs: play.refusedActs, endedAtMs };
  } finally {
    await transport.close();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

class Stage {
  readonly answers = new Map<string, MetricsAnswer>();
  readonly refusedActs: string[] = [];
  readonly #cluster: Cluster;
  readonly #client: KubeClient;
  readonly #plays: ReadonlyMap<string, StoryPlay>;

  constructor(cluster: Cluster, client: KubeClient, stories: readonly Story[]) {
    this.#cluster = cluster;
    this.#client = client;
    this.#plays = new Map(stories.map((story) => [story.name, new StoryPlay(story, client)]));
  }

  /** Returns when the last story ended, in epoch ms. */
  async run({ controller, durationMs, phaseMs = 0 }: PerformanceOptions): Promise<number> {
    const plays = [...this.#plays.values()];
    await createWorkloadKind(this.#cluster, this.#client);
    const metricsApi = await serveMetricsApis(this.#cluster, storyMetrics(this.#plays), (answer) =>
      this.answers.set(answer.auditId, answer),
    );
    const servedAtMs = performance.now();
    try {
      await inParallel(plays, (play) => play.prepare());
      if (controller === 'podtide') {
        await this.#cluster.kubectl(['apply', '-f', '-'], JSON.stringify(WORKLOAD_SCALE_RIGHTS));
        await startPodtideController(this.#cluster, {
          ...TIMING,
          mode: 'control',
          flags: ['--status-writes=every-change', ...readinessFlags()],
        });
      }
      await delay(Math.max(0, servedAtMs + KIND_KNOWN_MS - performance.now()));
      const ends = new AbortController();
      const following = this.#follow(ends.signal);
      await Promise.all(
        plays.map((play, index) =>
          this.#tell(play, { lateMs: (index / plays.length) * TIMING.syncPeriodMs, durationMs, phaseMs }),
        ),
      );
      const endedAtMs = Date.now();
      ends.abort();
      await following;
      await delay(TAIL_MS);
      return endedAtMs;
    } finally {
      await metricsApi.stop();
    }
  }

  /** One story, begun a little later than the one before. */
  async #tell(play: StoryPlay, { lateMs, durationMs, phaseMs }: StoryTiming): Promise<void> {
    await delay(lateMs);
    await play.begin(phaseMs);
    const startAtMs = performance.now() + phaseMs;
    for (const { atMs, ...act } of play.story.acts) {
      await delay(Math.max(0, atMs - (performance.now() - startAtMs)));
      await play
        .act(act)
        .catch((thrown: Error) => this.refusedActs.push(`${play.story.name} ${act.kind}: ${thrown.message}`));
    }
    await delay(Math.max(0, durationMs - (performance.now() - startAtMs)));
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [workloads, pods] = await Promise.all([
        this.#client.list<KubeObject & { spec: { replicas: number } }>(WORKLOADS),
        this.#client.list(PODS, { labelSelector: 'target=deployment', resourceVersion: '0' }),
      ]);
      const names = Map.groupBy(pods.items, ({ metadata }) => metadata.namespace ?? '');
      for (const play of this.#plays.values()) {
        if (play.story.target === 'deployment')
          play.learnPods((names.get(play.story.name) ?? []).map(({ metadata }) => metadata.name));
      }
      await inParallel(workloads.items, async ({ metadata, spec }) => {
        await this.#plays
          .get(metadata.namespace ?? '')
          ?.follow(spec.replicas)
          .catch(() => undefined);
      });
      await delay(FOLLOW_MS);
    }
  }
}

interface StoryTiming {
  readonly lateMs: number;
  readonly durationMs: number;
  readonly phaseMs: number;
}

/** Upstream's mapper knows a new kind after half a minute at most; ours has proved by then that it is alone. */
const KIND_KNOWN_MS = 31_000;

async function openClient(cluster: Cluster): Promise<{ client: KubeClient; transport: KubeTransport }> {
  const ioClock = createSystemClock();
  const access = await kubeconfigAccess({ paths: [cluster.kubeconfig], ioClock });
  const transport = createSocketTransport({ access, ioClock });
  return { client: createKubeClient({ transport, ioClock, userAgent: 'story' }), transport };
}

/** Whole requests and answers of what a sync reads and writes, and of everything that changes what it reads. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [
    { level: 'None', verbs: ['watch'] },
    {
      level: 'RequestResponse',
      verbs: ['get', 'update', 'patch'],
      resources: [
        { group: WORKLOAD_GROUP, resources: ['workloads/scale'] },
        { group: 'apps', resources: ['deployments/scale'] },
      ],
    },
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete'],
      resources: [
        { group: 'autoscaling', resources: ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'] },
        { group: '', resources: ['pods', 'pods/status', 'events'] },
      ],
    },
    {
      level: 'Metadata',
      resources: [
        { group: 'metrics.k8s.io' },
        { group: 'custom.metrics.k8s.io' },
        { group: 'external.metrics.k8s.io' },
      ],
    },
    { level: 'None' },
  ],
};
