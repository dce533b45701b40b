import { Agent, request } from 'undici';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { Command } from '../../../scripts/cluster/commands.ts';
import { type ProcessRecord, stopProcess } from '../../../scripts/cluster/process.ts';
import { waitUntil } from '../../../scripts/cluster/wait.ts';
import type { AllowedDifference } from '../../adapter/allowed-differences.ts';
import type { RecordedAnswer, RecordedPrometheusRequest, RecordedStartUp } from '../../adapter/recording.ts';
import { PODTIDE } from './podtide-adapter.ts';
import { UPSTREAM } from './upstream-adapter.ts';

const READY_TIMEOUT_MS = 60_000;
const GRACE_MS = 20_000;

/** What an adapter is told. */
export interface AdapterCommandOptions {
  /** Text of the file that --config names; no file when null. */
  readonly configuration: string | null;
  readonly flags: readonly string[];
  /** Distinguishes several in the logs. */
  readonly name: string;
}

/** What is said otherwise than recorded: in answers, to Prometheus, and at the start. */
export interface AdapterDifferences {
  readonly answers: readonly AllowedDifference<RecordedAnswer>[];
  readonly requests: readonly AllowedDifference<RecordedPrometheusRequest>[];
  readonly startUps: readonly AllowedDifference<RecordedStartUp>[];
}

/** Which adapter serves: the same questions go to each, and upstream's own answers prove the test itself. */
export interface AdapterUnderTest {
  readonly name: 'upstream' | 'podtide';
  readonly differences: AdapterDifferences;
  /** Makes the account and the rights that it runs with; once for a cluster. */
  install(cluster: Cluster): Promise<void>;
  /** The command line of a process on loopback, and the port that it is to serve on. */
  commandOf(
    cluster: Cluster,
    options: AdapterCommandOptions,
  ): Promise<{ readonly command: Command; readonly port: number }>;
}

/** An adapter as a process of this machine; it ends with the cluster. */
export interface RunningAdapter {
  readonly url: string;
  readonly port: number;
  readonly record: ProcessRecord;
  stop(): Promise<void>;
}

/** Everybody whom the tests are played with. */
export const ADAPTERS: readonly AdapterUnderTest[] = [UPSTREAM, PODTIDE];

/** Starts an adapter over that Prometheus; returns when it says that it is ready. */
export async function startAdapter(
  cluster: Cluster,
  adapter: Pick<AdapterUnderTest, 'commandOf'>,
  options: AdapterCommandOptions & { readonly prometheusUrl: string },
): Promise<RunningAdapter> {
  const { prometheusUrl, flags, ...rest } = options;
  const { command, port } = await adapter.commandOf(cluster, {
    ...rest,
    flags: [`--prometheus-url=${prometheusUrl}`, ...flags],
  });
  const record = await cluster.run(command);
  const url = `https://127.0.0.1:${port}`;
  await untilReady(url, record);
  return { url, port, record, stop: () => stopProcess(record, GRACE_MS) };
}

async function untilReady(url: string, record: ProcessRecord): Promise<void> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    await waitUntil('the adapter is ready', {
      blame: record.name,
      processes: [record],
      timeoutMs: READY_TIMEOUT_MS,
      isReady: async () => {
        const answer = await request(`${url}/readyz`, { dispatcher, signal: AbortSignal.timeout(5_000) });
        await answer.body.dump();
        return answer.statusCode === 200;
      },
    });
  } finally {
    await dispatcher.close();
  }
}
