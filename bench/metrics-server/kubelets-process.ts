/**
 * The kubelets of a measured cluster, a process of its own so that their CPU is nobody else's: a port of loopback for each
 * node, because a server has a connection to each of its nodes. Forked by `kubelets-child.ts`; told its orders by messages.
 */
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { resourcePage } from './kubelet-page.ts';
import type { KubeletsOrder, KubeletsReport } from './kubelets-child.ts';
import type { ClusterSize } from './measured-cluster.ts';

/** As a kubelet's; longer than any resolution, so that scrapes reuse their connections. */
const KEEP_ALIVE_MS = 90_000;

const compress = promisify(gzip);
const nodeOfPort = new Map<number, number>();
const stepsAtMs = new Map<number, number[]>();
const unseenSteps = new Map<number, number>();
const served = { scrapeCount: 0, sentBytes: 0, plainBytes: 0 };
const startAtMs = Date.now();
let size: ClusterSize = { nodeCount: 0, podsPerNodeCount: 0 };

process.on('message', (order: KubeletsOrder) => void obey(order));
process.once('disconnect', () => process.exit());

async function obey(order: KubeletsOrder): Promise<void> {
  switch (order.kind) {
    case 'serve':
      size = order.size;
      tell({ kind: 'listening', ports: await listen(order) });
      return;
    case 'step':
      stepsAtMs.set(order.node, [...(stepsAtMs.get(order.node) ?? []), order.atMs]);
      unseenSteps.set(order.node, order.atMs);
      return;
    case 'count':
      tell({ kind: 'counted', ...served });
      return;
  }
}

function tell(report: KubeletsReport): void {
  process.send?.(report);
}

async function listen({ cert, key }: { readonly cert: string; readonly key: string }): Promise<readonly number[]> {
  const server = createHttpsServer({ cert, key, keepAliveTimeout: KEEP_ALIVE_MS }, async (incoming, outgoing) => {
    const node = nodeOfPort.get(incoming.socket.localPort ?? 0);
    if (node === undefined || incoming.url !== '/metrics/resource') {
      outgoing.writeHead(404).end('404 page not found\n');
      return;
    }
    if (incoming.headers.authorization?.startsWith('Bearer ') !== true) {
      outgoing.writeHead(401).end('Unauthorized');
      return;
    }
    const page = pageOf(node);
    const isCompressed = incoming.headers['accept-encoding']?.includes('gzip') === true;
    const bytes = isCompressed ? await compress(page, { level: 1 }) : Buffer.from(page);
    served.scrapeCount += 1;
    served.sentBytes += bytes.length;
    served.plainBytes += page.length;
    outgoing.writeHead(200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
    });
    // In two steps, so that it goes out in chunks and without a length, as a kubelet's.
    outgoing.write(bytes);
    outgoing.end();
  });
  for (let node = 0; node < size.nodeCount; node += 1) {
    // Thousands of servers of one TLS context each would be a few hundred MiB.
    const port = createServer((socket) => server.emit('connection', socket));
    await new Promise<void>((resolve, reject) => {
      port.once('error', reject);
      port.listen(0, '127.0.0.1', resolve);
    });
    nodeOfPort.set((port.address() as AddressInfo).port, node);
  }
  return [...nodeOfPort.keys()];
}

function pageOf(node: number): string {
  const nowMs = Date.now();
  const stepAtMs = unseenSteps.get(node);
  if (stepAtMs !== undefined && nowMs >= stepAtMs) {
    unseenSteps.delete(node);
    tell({ kind: 'stepScraped', node, atMs: nowMs });
  }
  return resourcePage(size, node, { startAtMs, nowMs, stepsAtMs: stepsAtMs.get(node) ?? [] });
}
