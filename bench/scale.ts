/**
 * Scale, beside kube-controller-manager on a real API server: `node bench/scale.ts [options]`.
 *
 *   --hpas 1000,3000         fleets, one cluster for each
 *   --namespaces 1           HPAs are dealt out to so many
 *   --controller podtide,upstream-default,upstream-tuned   one after the other on the same cluster
 *   --seconds 60             measured window
 *   --settle 30              seconds before it, besides the first pass and as long again
 *   --status-writes every-change   Podtide's way to write statuses; its other flags by --flag=--FLAG=VALUE, repeated
 *   --node-flag=--cpu-prof   flags of Node for Podtide's process, may be repeated
 *   --seed 1                 of the loads
 *   --write                  puts the rows into bench/RESULTS.md
 *   -o json                  one line of JSON for each controller instead of tables
 */
import { parseArgs } from 'node:util';
import { numberFlag, numberFlags } from './number-flags.ts';
import { buildPodtide, CONTENDERS, type Contender } from './scale/contenders.ts';
import { FiguresRun } from './scale/figures-run.ts';
import { figuresTables, withFigures } from './scale/figures-table.ts';
import { type CellFigures, measure } from './scale/measurement.ts';

const { values } = parseArgs({
  options: {
    hpas: { type: 'string', default: '1000' },
    namespaces: { type: 'string', default: '1' },
    controller: { type: 'string', default: 'podtide,upstream-tuned' },
    seconds: { type: 'string', default: '60' },
    settle: { type: 'string', default: '30' },
    'status-writes': { type: 'string' },
    flag: { type: 'string', multiple: true, default: [] },
    'node-flag': { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'table' },
  },
});

const contenders = values.controller.split(',').map(contenderNamed);
const writes = values['status-writes'];
const flags = [...values.flag, ...(writes === undefined ? [] : [`--status-writes=${writes}`])];
const run = new FiguresRun<CellFigures>({
  output: values.output,
  isWritten: values.write,
  tables: figuresTables,
  withFigures,
});

buildPodtide();
for (const hpaCount of numberFlags(values, 'hpas')) {
  await measure({
    size: { hpaCount, namespaceCount: numberFlag(values, 'namespaces') },
    contenders,
    windowSeconds: numberFlag(values, 'seconds'),
    settleSeconds: numberFlag(values, 'settle'),
    seed: numberFlag(values, 'seed'),
    flags,
    nodeFlags: values['node-flag'],
    report: run.report,
    onFigures: run.take,
  });
}
await run.finish();

function contenderNamed(name: string): Contender {
  const contender = CONTENDERS.find((known) => known === name);
  if (contender === undefined) throw new Error(`--controller ${name}: must be one of ${CONTENDERS.join(', ')}`);
  return contender;
}
