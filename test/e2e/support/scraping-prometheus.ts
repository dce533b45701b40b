import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePorts } from '../../../scripts/cluster/ports.ts';
import { findPrometheus } from '../../../scripts/components/prometheus.ts';
import { Failure } from '../../../src/base/failure.ts';
import { listenOnLoopback } from './loopback-server.ts';

/** A real Prometheus that scrapes one target. */
export interface ScrapingPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
const LOOK_AGAIN_MS = 200;
/** So often that a rate over the last seconds has its samples. */
const SCRAPED = 'sum_over_time(up[1m]) >= 5';

/**
 * Starts a Prometheus whose only target exposes `text`, and waits until it has been scraped some times. Labels of the text stay as they
 * are. Throws Failure('unavailable') where Prometheus is not installed.
 */
export async function startScrapingPrometheus(text: string): Promise<ScrapingPrometheus> {
  const program = await findPrometheus();
  if (program === undefined)
    throw new Failure('unavailable', 'Prometheus is not installed', { hint: 'npm run components' });
  const target = createServer((_incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    outgoing.end(text);
  });
  const { port: targetPort, stop: stopTarget } = await listenOnLoopback(target);
  const folder = await mkdtemp(join(tmpdir(), 'podtide-prometheus-'));
  await writeFile(join(folder, 'prometheus.yaml'), configurationOf(targetPort));
  const [port = 0] = await findFreePorts(1);
  const args = [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await stopTarget();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilScraped(url, () => child.exitCode !== null);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { url, stop };
}

function configurationOf(targetPort: number): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    scrape_configs: [
      {
        job_name: 'target',
        honor_labels: true,
        static_configs: [{ targets: [`127.0.0.1:${targetPort}`], labels: { instance: 'target' } }],
      },
    ],
  });
}

async function untilScraped(url: string, hasEnded: () => boolean): Promise<void> {
  for (const endsAtMs = performance.now() + READY_TIMEOUT_MS; performance.now() < endsAtMs; ) {
    if (hasEnded()) throw new Error('Prometheus ended by itself');
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(SCRAPED)}`).catch(() => undefined);
    if (answer?.ok && ((await answer.json()) as { data: { result: unknown[] } }).data.result.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  throw new Error('Prometheus has not scraped its target in time');
}
