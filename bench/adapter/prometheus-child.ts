import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What the process is told. */
export type PrometheusOrder = { readonly kind: 'serve'; readonly seriesCount: number } | { readonly kind: 'count' };

/** What it tells. */
export type PrometheusReport =
  | { readonly kind: 'listening'; readonly port: number }
  | ({ readonly kind: 'counted' } & PrometheusCounts);

/** Everything answered so far. */
export interface PrometheusCounts {
  readonly listCount: number;
  readonly listBytes: number;
  readonly queryCount: number;
}

/** The process that plays Prometheus. It ends with this one. */
export class PrometheusChild {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(seriesCount: number): Promise<PrometheusChild> {
    const child = fork(join(import.meta.dirname, 'prometheus-process.ts'));
    child.send({ kind: 'serve', seriesCount } satisfies PrometheusOrder);
    const { port } = await nextReport(child, 'listening');
    return new PrometheusChild(child, port);
  }

  async count(): Promise<PrometheusCounts> {
    this.#process.send({ kind: 'count' } satisfies PrometheusOrder);
    return await nextReport(this.#process, 'counted');
  }

  stop(): void {
    this.#process.disconnect();
  }
}

async function nextReport<Kind extends PrometheusReport['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<PrometheusReport, { kind: Kind }>> {
  const ended = new AbortController();
  const onExit = (): void => ended.abort(new Error('the process that plays Prometheus ended'));
  child.once('exit', onExit);
  try {
    for (;;) {
      const [report] = (await once(child, 'message', { signal: ended.signal })) as [PrometheusReport];
      if (report.kind === kind) return report as Extract<PrometheusReport, { kind: Kind }>;
    }
  } finally {
    child.off('exit', onExit);
  }
}
