import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { type ProcessRecord, stopProcess } from '../../scripts/cluster/process.ts';
import type { Observation } from '../../src/control/history/observation-log.ts';
import { readRequests } from './support/audit-log.ts';
import { serveMetricsApi } from './support/metrics-api.ts';
import { PODTIDE_USER, startPodtideController, timingFlags } from './support/podtide-controller.ts';
import { ScrapedLoad } from './support/scraped-load.ts';
import { SharedLoad } from './support/shared-load.ts';

const TIMING = { syncPeriodMs: 2_000, downscaleStabilizationMs: 20_000 };
/** Both controllers look at least once between two scrapes, as they do with metrics-server's default. */
const SCRAPE_PERIOD_MS = 6_000;
const STORY_STEP_MS = 60_000;
const DRAIN_MS = 30_000;
const UPSTREAM_USER = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler';
const ACCOUNT = { namespace: 'podtide-system', name: 'podtide-controller' };

const run = promisify(execFile);

describe('an observer beside upstream’s own HPA controller', () => {
  let cluster: Cluster;
  let metricsApi: { stop(): Promise<void> };
  let load: SharedLoad;
  let scraped: ScrapedLoad;
  let startCount = 0;
  let running: ProcessRecord | undefined;

  beforeAll(async () => {
    cluster = await startCluster({
      withHpaController: true,
      withAuditLog: true,
      controllerManagerFlags: timingFlags(TIMING),
    });
    load = new SharedLoad(cluster.api, { windowMs: TIMING.syncPeriodMs });
    scraped = new ScrapedLoad(load, { namespace: 'default', periodMs: SCRAPE_PERIOD_MS });
    metricsApi = await serveMetricsApi(cluster, scraped);
    await cluster.kubectl(['apply', '-f', 'examples/walkthrough/php-apache.yaml']);
    await cluster.kubectl(['rollout', 'status', 'deployment/php-apache', '--timeout=60s']);
  });

  afterEach(async () => {
    if (running !== undefined) await stopProcess(running, DRAIN_MS);
    running = undefined;
  });

  afterAll(async () => {
    scraped?.stop();
    await metricsApi?.stop();
    await cluster?.stop();
  });

  /** Starts an observer and waits until it answers; a second one's log goes on where the first one's ended. */
  async function observe(timing = TIMING, flags: readonly string[] = []) {
    const record = await startPodtideController(cluster, { ...timing, mode: 'observe', flags });
    running = record;
    const tokenFile = join(cluster.folder, 'observer.token');
    await writeFile(tokenFile, await cluster.tokenFor(ACCOUNT), { mode: 0o600 });
    startCount += 1;
    const urls = (): readonly string[] => urlsIn(readFileSync(record.logFile, 'utf8'));
    await expect.poll(() => urls().length, { timeout: 60_000 }).toBe(startCount);
    const url = urls().at(-1) ?? '';
    return {
      report: (...args: string[]) => report(url, tokenFile, args),
      observation: async (): Promise<Observation> =>
        JSON.parse((await report(url, tokenFile, ['-o', 'json'])).stdout) as Observation,
    };
  }

  const specReplicas = async (): Promise<number> =>
    Number(await cluster.kubectl(['get', 'deployment', 'php-apache', '-o', 'jsonpath={.spec.replicas}']));

  async function untilReplicas(count: number): Promise<void> {
    await expect.poll(specReplicas, { timeout: STORY_STEP_MS }).toBe(count);
  }

  /** How often upstream's controller wrote a scale, by the API server's account. */
  async function upstreamMoves(): Promise<number> {
    const requests = await readRequests(cluster, UPSTREAM_USER);
    return requests.filter(({ verb, subject }) => verb === 'update' && subject === 'deployments.apps/scale').length;
  }

  test('with the same flags every move agrees: up twice, and down again', async () => {
    const observer = await observe();
    await cluster.kubectl(['autoscale', 'deployment', 'php-apache', '--cpu=50%', '--min=1', '--max=10']);
    await delay(TIMING.downscaleStabilizationMs + 2 * TIMING.syncPeriodMs);
    load.totalMilli = 610;
    await untilReplicas(7);
    await delay(SCRAPE_PERIOD_MS);
    load.totalMilli = 0;
    await untilReplicas(1);
    const moveCount = await upstreamMoves();
    expect(moveCount).toBeGreaterThanOrEqual(3);
    await expect
      .poll(async () => (await observer.observation()).counts.agreedMove, { timeout: 20_000 })
      .toBe(moveCount);
    const { counts, agreementRatio, disagreements, notComparable } = await observer.observation();
    expect({ counts, agreementRatio, disagreements, notComparable }).toEqual({
      counts: { agreedMove: moveCount, otherNumber: 0, theyMovedAlone: 0, weMovedAlone: 0, notComparable: 0 },
      agreementRatio: 1,
      disagreements: [],
      notComparable: [],
    });
    const { code, stdout } = await observer.report('--fail-on-disagreement');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /1 HPA, \d+ syncs, \d+ of them quiet\.\nMoves: \d agreed, .*\nAgreement: 100 % of the moves/,
    );
  });

  test('with a wider tolerance and a shorter window each direction is a disagreement, with its reason', async () => {
    // Upstream's window starts with the observer's: what it recommends from here on, both have seen.
    const observer = await observe({ ...TIMING, downscaleStabilizationMs: 1_000 }, [
      '--horizontal-pod-autoscaler-tolerance=0.9',
    ]);
    await delay(4 * TIMING.syncPeriodMs);
    load.totalMilli = 150;
    await untilReplicas(2);
    await delay(2 * SCRAPE_PERIOD_MS);
    load.totalMilli = 0;
    await expect
      .poll(async () => (await observer.observation()).counts.weMovedAlone, { timeout: STORY_STEP_MS })
      .toBe(1);
    const { disagreements } = await observer.observation();
    expect(
      disagreements.map(({ kind, fromReplicas, theirReplicas, ourReplicas, reasons }) => ({
        ...{ kind, fromReplicas, theirReplicas, ourReplicas },
        codes: reasons.map(({ code }) => code),
      })),
    ).toEqual([
      { kind: 'weMovedAlone', fromReplicas: 2, theirReplicas: null, ourReplicas: 1, codes: ['TheirWindow'] },
      { kind: 'theyMovedAlone', fromReplicas: 1, theirReplicas: 2, ourReplicas: 1, codes: ['OurTolerance'] },
    ]);
    const english = await observer.report('--fail-on-disagreement');
    expect(english.code).toBe(1);
    expect(english.stdout).toContain('default/php-apache  they went 1 → 2, we would have stayed\n');
    expect(english.stdout).toContain('cpu is within our tolerance (90 %), and theirs seems to be narrower');
    expect(english.stdout).toContain('default/php-apache  we would have gone 2 → 1, for two periods nobody moved\n');
    expect(english.stdout).toContain('their scale-down window still holds the count, and ours (1 s) does not');
    const chinese = await observer.report('--lang', 'zh-CN');
    expect(chinese.code).toBe(0);
    expect(chinese.stdout).toContain('default/php-apache  对方 1 → 2，我方本应保持不变\n');
    expect(chinese.stdout).toContain('cpu 在我方的容差（90%）之内，对方的容差似乎更小');
    expect(chinese.stdout).toContain('default/php-apache  我方本应 2 → 1，两个同步周期内没有任何人调整\n');
    expect(chinese.stdout).toContain('对方的缩容稳定窗口仍保持着副本数，我方的（1 秒）已经不再保持');
  });

  test('whoever may not list HPAs is told nothing, and what to do', async () => {
    const observer = await observe();
    const stranger = join(cluster.folder, 'stranger.token');
    await writeFile(stranger, await cluster.tokenFor({ namespace: 'default', name: 'default' }), { mode: 0o600 });
    const { code, stdout, stderr } = await observer.report('--token-file', stranger);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain(
      'user system:serviceaccount:default:default cannot list horizontalpodautoscalers.autoscaling in all namespaces',
    );
    expect(stderr).toContain('give a token of the cluster with --token-file');
  });

  test('its account has no write verb, and the audit log shows no write: only reviews of who asks', async () => {
    const rules = parseAllDocuments(readFileSync('deploy/controller.yaml', 'utf8'))
      .map((document) => document.toJS())
      .filter(({ kind, metadata }) => /Role$/.test(kind) && metadata.name !== 'podtide-controller-control')
      .flatMap(({ rules: own }) => own as readonly { readonly resources: string[]; readonly verbs: string[] }[]);
    const isRead = (verb: string): boolean => ['get', 'list', 'watch'].includes(verb);
    const writes = rules.flatMap(({ resources, verbs }) =>
      verbs.filter((verb) => !isRead(verb)).map((verb) => `${verb} ${resources.join(' ')}`),
    );
    expect(writes).toEqual(['create tokenreviews', 'create subjectaccessreviews']);
    const requests = await readRequests(cluster, PODTIDE_USER);
    const written = requests.filter(({ verb }) => !isRead(verb)).map(({ verb, subject }) => `${verb} ${subject}`);
    expect([...new Set(written)].sort()).toEqual([
      'create subjectaccessreviews.authorization.k8s.io',
      'create tokenreviews.authentication.k8s.io',
    ]);
    expect(requests.filter(({ status }) => status >= 400)).toEqual([]);
    expect(requests.filter(({ subject }) => subject.startsWith('leases'))).toEqual([]);
  });
});

/** The addresses that the processes of this log said they serve at. */
function urlsIn(logText: string): readonly string[] {
  const lines = logText.split('\n').filter((line) => line.includes('the controller runs'));
  return lines.map((line) => /"url":"([^"]+)"/.exec(line)?.[1] ?? '');
}

/** Runs `podtide observe report`; a token file among the arguments goes before the observer's own. */
async function report(url: string, tokenFile: string, args: readonly string[]) {
  const token = args.includes('--token-file') ? [] : ['--token-file', tokenFile];
  const words = ['src/app/cli/main.ts', 'observe', 'report', '--url', url, ...token, ...args];
  try {
    const { stdout, stderr } = await run(process.execPath, words, { env: { LANG: 'C' } });
    return { code: 0, stdout, stderr };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as {
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    };
    return { code, stdout, stderr };
  }
}
