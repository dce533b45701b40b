/**
 * A Prometheus server as far as an adapter knows one, a process of its own so that its CPU is nobody else's: lists as many
 * series as it was told, and has a value for each pod or service that a query names. Forked by `prometheus-child.ts`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readRequest } from '../../test/adapter/replayed-prometheus.ts';
import { METRICS_COUNT, seriesLabels } from './measured-series.ts';
import type { PrometheusOrder, PrometheusReport } from './prometheus-child.ts';

const counts = { listCount: 0, listBytes: 0, queryCount: 0 };
let list = Buffer.alloc(0);

process.on('message', (order: PrometheusOrder) => {
  if (order.kind === 'count') {
    tell({ kind: 'counted', ...counts });
    return;
  }
  list = Buffer.from(listOf(order.seriesCount));
  server.listen(0, '127.0.0.1', () => {
    tell({ kind: 'listening', port: (server.address() as AddressInfo).port });
  });
});
process.once('disconnect', () => process.exit());

const server = createServer((incoming, outgoing) => {
  const answer = async (): Promise<void> => {
    const { path, parameters } = await readRequest(incoming);
    outgoing.setHeader('content-type', 'application/json');
    if (path === '/api/v1/series') {
      // The rules' other selector is for containers, of which there are none.
      if (parameters.get('match[]')?.startsWith('{namespace') !== true) {
        outgoing.end('{"status":"success","data":[]}');
        return;
      }
      counts.listCount += 1;
      counts.listBytes += list.length;
      outgoing.end(list);
      return;
    }
    counts.queryCount += 1;
    outgoing.end(answerTo(parameters.get('query') ?? '', Number(parameters.get('time'))));
  };
  answer().catch(() => outgoing.destroy());
});

/** The whole list as text: making it anew for each request would be most of the work of this process. */
function listOf(seriesCount: number): string {
  const data = Array.from({ length: seriesCount }, (_, index) =>
    JSON.stringify(seriesLabels(index % METRICS_COUNT, Math.floor(index / METRICS_COUNT))),
  );
  return `{"status":"success","data":[${data.join(',')}]}`;
}

function answerTo(query: string, time: number): string {
  const [, label = '', names = ''] = /\b(pod|service)=~?"([^"]*)"/.exec(query) ?? [];
  const result = names.split('|').map((name) => ({ metric: { [label]: name }, value: [time, '12.5'] }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
}

function tell(report: PrometheusReport): void {
  process.send?.(report);
}
