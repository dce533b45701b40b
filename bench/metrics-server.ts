/**
 * Our metrics-server beside upstream's, one after the other, over the same API server, nodes, pods and kubelets:
 * `node bench/metrics-server.ts [options]`.
 *
 *   --size 100x70,1000x30   nodes × pods of each, one cluster for each
 *   --server podtide,metrics-server
 *   --resolution 15         seconds from scrape to scrape
 *   --seconds 120           measured window, after the first numbers and two resolutions more
 *   --requests 100          of each list; of all pods a fifth of it
 *   --rounds 3              of steps of the probes' counters
 *   --node-flag=--cpu-prof  flags of Node for Podtide's process, may be repeated
 *   --write                 puts the rows into bench/RESULTS.md
 *   -o json                 one line of JSON for each server instead of tables
 */
import { parseArgs } from 'node:util';
import { figuresTables, withFigures } from './metrics-server/figures-table.ts';
import type { ClusterSize } from './metrics-server/measured-cluster.ts';
import { measure, type ServerFigures } from './metrics-server/measurement.ts';
import { SERVERS, type ServerName } from './metrics-server/servers.ts';
import { numberFlag } from './number-flags.ts';
import { buildPodtide } from './scale/contenders.ts';
import { FiguresRun } from './scale/figures-run.ts';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '100x70' },
    server: { type: 'string', default: SERVERS.join(',') },
    resolution: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '120' },
    requests: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    'node-flag': { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'table' },
  },
});

const servers = values.server.split(',').map(serverNamed);
const run = new FiguresRun<ServerFigures>({
  output: values.output,
  isWritten: values.write,
  tables: figuresTables,
  withFigures,
});

buildPodtide();
for (const size of values.size.split(',').map(sizeOf)) {
  await measure({
    size,
    servers,
    resolutionSeconds: numberFlag(values, 'resolution'),
    windowSeconds: numberFlag(values, 'seconds'),
    requestCount: numberFlag(values, 'requests'),
    roundCount: numberFlag(values, 'rounds'),
    nodeFlags: values['node-flag'],
    report: run.report,
    onFigures: run.take,
  });
}
await run.finish();

function serverNamed(name: string): ServerName {
  const server = SERVERS.find((known) => known === name);
  if (server === undefined) throw new Error(`--server ${name}: must be one of ${SERVERS.join(', ')}`);
  return server;
}

function sizeOf(text: string): ClusterSize {
  const [, nodes, pods] = /^([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? [];
  if (nodes === undefined || pods === undefined) throw new Error(`--size ${text}: must be NODESxPODS, as 100x70`);
  return { nodeCount: Number(nodes), podsPerNodeCount: Number(pods) };
}
