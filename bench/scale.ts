/**
 * Scale, beside kube-controller-manager on a real API server: `node bench/scale.ts [options]`.
 *
 *   --hpas 1000,3000         fleets, one cluster for each
 *   --namespaces 1           HPAs are dealt out to so many
 *   --controller podtide,upstream-default,upstream-tuned   one after the other on the same cluster
 *   --seconds 60             measured window, after the first pass and a period more
 *   --status-writes every-change   Podtide's way to write statuses; its other flags by --flag=--FLAG=VALUE, repeated
 *   --node-flag=--cpu-prof   flags of Node for Podtide's process, may be repeated
 *   --seed 1                 of the loads
 *   --write                  puts the rows into bench/RESULTS.md
 *   -o json                  one line of JSON for each controller instead of tables
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPodtide, CONTENDERS, type Contender } from './scale/contenders.ts';
import { figuresTables, withFigures } from './scale/figures-table.ts';
import { type CellFigures, measure } from './scale/measurement.ts';

const { values } = parseArgs({
  options: {
    hpas: { type: 'string', default: '1000' },
    namespaces: { type: 'string', default: '1' },
    controller: { type: 'string', default: 'podtide,upstream-tuned' },
    seconds: { type: 'string', default: '60' },
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
const startedAtMs = Date.now();
const report = (text: string): void => console.error(`${((Date.now() - startedAtMs) / 1000).toFixed(0)} s  ${text}`);
const cells: CellFigures[] = [];

buildPodtide();
for (const hpas of values.hpas.split(',')) {
  await measure({
    size: { hpaCount: Number(hpas), namespaceCount: Number(values.namespaces) },
    contenders,
    windowSeconds: Number(values.seconds),
    seed: Number(values.seed),
    flags,
    nodeFlags: values['node-flag'],
    report,
    onFigures: (figures) => {
      cells.push(figures);
      if (values.output === 'json') console.log(JSON.stringify(figures));
      else console.error(figuresTables([figures]));
    },
  });
}
if (values.output !== 'json') console.log(figuresTables(cells));
if (values.write) {
  const page = join(import.meta.dirname, 'RESULTS.md');
  await writeFile(page, withFigures(await readFile(page, 'utf8'), cells));
}

function contenderNamed(name: string): Contender {
  const contender = CONTENDERS.find((known) => known === name);
  if (contender === undefined) throw new Error(`--controller ${name}: must be one of ${CONTENDERS.join(', ')}`);
  return contender;
}
