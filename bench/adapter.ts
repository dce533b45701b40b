/**
 * Our adapter beside prometheus-adapter, one after the other, and single reads of both by turns, over the same API server and a
 * Prometheus of many series: `node bench/adapter.ts [options]`. Prometheus is a process of ours that speaks its API
 * (`adapter/prometheus-process.ts`), so that its work is nobody else's.
 *
 *   --series 10000,100000   series of each size; 1,000 metrics of them, whatever the size
 *   --adapter podtide,podtide-minimal,upstream   the second is Podtide with --discovery=minimal
 *   --relist 30             seconds from list to list
 *   --seconds 90            measured window, made longer until it has whole intervals of lists
 *   --reads 1000            of distinct metrics of one pod, of all adapters by turns
 *   --rounds 2              of these reads, the first of new processes
 *   --starts 4              of all adapters, with so many rounds each
 *   --syncs 100             HPAs that ask, each of pods of its own
 *   --node-flag=--cpu-prof  flags of Node for Podtide's process, may be repeated
 *   --write                 puts the rows into bench/RESULTS.md
 *   -o json                 one line of JSON for each adapter and size instead of tables
 */
import { parseArgs } from 'node:util';
import { CONTENDERS, type ContenderName, contenderOf } from './adapter/contenders.ts';
import { figuresTables, withFigures } from './adapter/figures-table.ts';
import { type AdapterFigures, measure } from './adapter/measurement.ts';
import { numberFlag, numberFlags } from './number-flags.ts';
import { buildPodtide } from './scale/contenders.ts';
import { FiguresRun } from './scale/figures-run.ts';

const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '10000,100000' },
    adapter: { type: 'string', default: CONTENDERS.join(',') },
    relist: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '90' },
    reads: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '2' },
    starts: { type: 'string', default: '4' },
    syncs: { type: 'string', default: '100' },
    'node-flag': { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'table' },
  },
});

const names = values.adapter.split(',').map(contenderNamed);
const run = new FiguresRun<AdapterFigures>({
  output: values.output,
  isWritten: values.write,
  tables: figuresTables,
  withFigures,
});

if (names.some((name) => name !== 'upstream')) buildPodtide();
await measure({
  seriesCounts: numberFlags(values, 'series'),
  contenders: names.map((name) => contenderOf(name, values['node-flag'])),
  relistSeconds: numberFlag(values, 'relist'),
  windowSeconds: numberFlag(values, 'seconds'),
  readCount: numberFlag(values, 'reads'),
  readRoundsCount: numberFlag(values, 'rounds'),
  readStartsCount: numberFlag(values, 'starts'),
  syncCount: numberFlag(values, 'syncs'),
  report: run.report,
  onFigures: run.take,
});
await run.finish();

function contenderNamed(name: string): ContenderName {
  const contender = CONTENDERS.find((known) => known === name);
  if (contender === undefined) throw new Error(`--adapter ${name}: must be one of ${CONTENDERS.join(', ')}`);
  return contender;
}
