import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { stringify } from 'yaml';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { findFreePorts } from '../../../scripts/cluster/ports.ts';
import type { ProcessRecord } from '../../../scripts/cluster/process.ts';
import { waitUntil } from '../../../scripts/cluster/wait.ts';
import { requirePrometheus } from '../../../scripts/components/prometheus.ts';
import { encodeRemoteWrite, type TimeSeries } from './remote-write.ts';

const READY_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Of one remote write; a body has to fit into memory on both sides. */
const BATCH_COUNT = 5_000;

/** A Prometheus server as a process of this machine. */
export interface RealPrometheus {
  readonly url: string;
  readonly record: ProcessRecord;
  /** Stores samples as they are, whatever their time. */
  write(series: Iterable<TimeSeries>): Promise<void>;
  /** The `data` of an answer of `/api/v1/`. */
  ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown>;
}

/**
 * Starts Prometheus with an empty store beside the cluster; it ends with the cluster. It scrapes what the configuration
 * says, nothing when there is none, and takes remote writes.
 */
export async function startPrometheus(
  cluster: Pick<Cluster, 'folder' | 'run'>,
  configuration: object = {},
): Promise<RealPrometheus> {
  const program = await requirePrometheus();
  const folder = join(cluster.folder, 'prometheus');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'prometheus.yaml');
  await writeFile(file, stringify(configuration));
  const [port = 0] = await findFreePorts(1);
  const record = await cluster.run({
    name: 'prometheus',
    program,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--web.enable-lifecycle',
    ],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil('Prometheus is ready', {
    blame: record.name,
    processes: [record],
    timeoutMs: READY_TIMEOUT_MS,
    isReady: async () => (await send(`${url}/-/ready`)).status === 200,
  });
  return {
    url,
    record,
    async write(series) {
      for (const batch of inBatches(series, BATCH_COUNT)) await writeBatch(url, batch);
    },
    async ask(path, parameters) {
      const { status, text } = await send(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
      if (status !== 200) throw new Error(`${path} was answered with ${status}: ${text}`);
      return JSON.parse(text).data;
    },
  };
}

async function writeBatch(url: string, batch: readonly TimeSeries[]): Promise<void> {
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
  };
  const { status, text } = await send(`${url}/api/v1/write`, { headers, body: encodeRemoteWrite(batch) });
  if (status >= 300) throw new Error(`a remote write was answered with ${status}: ${text}`);
}

async function send(
  url: string,
  post?: { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array },
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await request(url, {
    ...(post === undefined ? {} : { method: 'POST', ...post }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  return { status: answer.statusCode, text: await answer.body.text() };
}

function* inBatches<Item>(items: Iterable<Item>, count: number): Generator<readonly Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === count) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
