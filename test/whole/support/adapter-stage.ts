import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { parseAdapterWords } from '../../../src/app/config/adapter-config.ts';
import { readEnvironment } from '../../../src/app/config/environment.ts';
import { type AdapterProcess, startAdapter } from '../../../src/app/processes/adapter-process.ts';
import { type Log, SILENT_LOG } from '../../../src/base/log.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import type { PrometheusBackend } from '../../../src/metrics/prometheus/backend.ts';
import { createPrometheusClient, type PrometheusClient } from '../../../src/metrics/prometheus/client.ts';
import { recordPrometheusRequests } from '../../../src/metrics/prometheus/prometheus-telemetry.ts';
import { createHandleTransport } from '../../../src/platform/kube/handle-transport.ts';
import type { KubeClientOptions } from '../../../src/platform/kube/kube-client.ts';
import { createTelemetry } from '../../../src/platform/telemetry/registry.ts';
import { ADMIN_TOKEN, STARTS_AT_MS, startApiServer, type TestedApiServer } from '../../fixtures/api-server.ts';

const CUSTOM = '/apis/custom.metrics.k8s.io/v1beta2';

/** What the adapter says to a request: of a list its values by name, of a refusal its words. */
export interface Said {
  readonly status: number;
  readonly said: string;
}

/**
 * A whole adapter before a Prometheus over real sockets, in a cluster with the pods `web-1` and `web-22` of the namespace
 * `shop`. Its listings follow `clock`; deadlines of requests to Prometheus, and the age of what it holds of files, follow `io`,
 * which stands still until it is moved.
 */
export class AdapterStage {
  readonly clock = new VirtualClock({ startAtMs: STARTS_AT_MS, turn: () => setImmediate() });
  readonly io = new VirtualClock({ startAtMs: STARTS_AT_MS });
  /** Warnings and what follows them, with their fields. */
  readonly lines: string[] = [];
  readonly #dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  readonly #tested: TestedApiServer;
  readonly #log: Log;
  #folder = '';
  #adapter: AdapterProcess | undefined;
  #prometheus: PrometheusClient | undefined;

  constructor() {
    const { clock } = this;
    this.#tested = startApiServer({
      clock,
      ioClock: clock,
      tokens: { [ADMIN_TOKEN]: { name: 'admin', groups: ['system:masters'] } },
    });
    // The test's API server has no front proxy, which is told and is not what is looked at here.
    const note = (message: string, fields: object = {}): void => {
      if (!message.startsWith('whom to trust')) this.lines.push(`${message} ${JSON.stringify(fields)}`);
    };
    this.#log = { ...SILENT_LOG, warn: note, error: note, with: () => this.#log };
  }

  /** Makes the cluster. */
  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'podtide-'));
    // The Secret of its certificate is in the former.
    for (const name of ['monitoring', 'shop'])
      await this.#tested.send('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
    for (const name of ['web-1', 'web-22']) {
      const body = { metadata: { name, labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
      await this.#tested.send('POST', '/api/v1/namespaces/shop/pods', { body });
    }
  }

  /** A file that flags may name. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.#folder, name);
    await writeFile(path, text);
    return path;
  }

  /** Starts the adapter with these rules and flags, and lets it look for series once. Each query is put to Prometheus. */
  async start(rules: string, words: readonly string[], settings: Partial<PrometheusBackend> = {}): Promise<void> {
    const config = `--config=${await this.file('rules.yaml', rules)}`;
    const begun = parseAdapterWords(
      ['--bind-address=127.0.0.1', '--secure-port=0', `--cert-dir=${this.#folder}`, config, ...words],
      readEnvironment({}),
    );
    if (begun.kind !== 'serve' || begun.config.prometheus.kind !== 'flags') throw new Error('nothing is served');
    const telemetry = createTelemetry();
    const { backend } = begun.config.prometheus;
    const onRequest = recordPrometheusRequests(telemetry);
    const options = { ioClock: this.io, userAgent: 'test', onRequest };
    const prometheus = createPrometheusClient({ ...backend, freshnessMs: 0, ...settings }, options);
    this.#prometheus = prometheus;
    const version = { major: '0', minor: '1', gitVersion: 'v0.1.0', gitCommit: '', gitTreeState: '', buildDate: '' };
    this.#adapter = await startAdapter({
      config: begun.config,
      client: this.#kube('own'),
      reviews: { authentication: this.#kube('authentication'), authorization: this.#kube('authorization') },
      prometheus: { names: [prometheus.name], get: () => prometheus },
      clock: this.clock,
      ioClock: this.clock,
      log: this.#log,
      telemetry,
      version: { ...version, goVersion: '', compiler: '', platform: '' },
    });
    await this.clock.runBy(1);
  }

  /** What the adapter says of a metric of both pods. */
  async ask(metric: string): Promise<Said> {
    const { status, text } = await this.#get(`${CUSTOM}/namespaces/shop/pods/*/${metric}?labelSelector=app%3Dweb`);
    const { items, message } = JSON.parse(text) as {
      readonly message?: string;
      readonly items?: readonly { readonly describedObject: { readonly name: string }; readonly value: string }[];
    };
    const values = (items ?? []).map(({ describedObject, value }) => `${describedObject.name}=${value}`);
    return { status, said: message ?? values.join(' ') };
  }

  /** Names of the metrics that there are. */
  async listed(): Promise<readonly string[]> {
    const { resources } = JSON.parse((await this.#get(CUSTOM)).text) as {
      readonly resources: readonly { readonly name: string }[];
    };
    return resources.map(({ name }) => name);
  }

  /** The lines of `/metrics` that begin so. */
  async exposed(prefix: string): Promise<readonly string[]> {
    const { text } = await this.#get('/metrics');
    return text.split('\n').filter((line) => line.startsWith(prefix));
  }

  async close(): Promise<void> {
    const stopping = this.#adapter?.stop();
    if (stopping !== undefined) await this.clock.runBy(60_000);
    await stopping;
    await this.#prometheus?.close();
    await this.#dispatcher.close();
    await this.#tested.apiServer.close();
    await rm(this.#folder, { recursive: true });
  }

  async #get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await request(`${this.#adapter?.url}${path}`, { dispatcher: this.#dispatcher, headers });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  #kube(userAgent: string): KubeClientOptions {
    const transport = createHandleTransport((each) => this.#tested.apiServer.handle(each), {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    return { transport, ioClock: this.clock, userAgent, random: () => 0.5 };
  }
}
