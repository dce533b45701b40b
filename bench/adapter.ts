/**
 * prometheus-adapter beside a Prometheus of many series, one size after the other: `node bench/adapter.ts [options]`.
 * Prometheus is a process of ours that speaks its API (`adapter/prometheus-process.ts`), so that its work is nobody else's.
 *
 *   --series 10000,100000   series of each size; 1,000 metrics of them, whatever the size
 *   --adapter upstream
 *   --relist 30             seconds from list to list
 *   --seconds 90            measured window, after the first list
 *   --reads 1000            of distinct metrics of one pod
 *   --syncs 100             HPAs that ask for a metric of their own of their own pods
 *   --write                 puts the rows into bench/RESULTS.md
 *   -o json                 one line of JSON for each size instead of tables
 */
import { parseArgs } from 'node:util';
import { ADAPTERS, type AdapterUnderTest } from '../test/e2e/adapter/adapter-under-test.ts';
import { figuresTables, withFigures } from './adapter/figures-table.ts';
import { type AdapterFigures, measure } from './adapter/measurement.ts';
import { FiguresRun } from './scale/figures-run.ts';

const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '10000,100000' },
    adapter: { type: 'string', default: ADAPTERS.map(({ name }) => name).join(',') },
    relist: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '90' },
    reads: { type: 'string', default: '1000' },
    syncs: { type: 'string', default: '100' },
    write: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'table' },
  },
});

const adapters = values.adapter.split(',').map(adapterNamed);
const run = new FiguresRun<AdapterFigures>({
  output: values.output,
  isWritten: values.write,
  tables: figuresTables,
  withFigures,
});

await measure({
  seriesCounts: values.series.split(',').map(Number),
  adapters,
  relistSeconds: Number(values.relist),
  windowSeconds: Number(values.seconds),
  readCount: Number(values.reads),
  syncCount: Number(values.syncs),
  report: run.report,
  onFigures: run.take,
});
await run.finish();

function adapterNamed(name: string): AdapterUnderTest {
  const adapter = ADAPTERS.find((known) => known.name === name);
  if (adapter === undefined) throw new Error(`--adapter ${name}: must be one of ${ADAPTERS.map((each) => each.name)}`);
  return adapter;
}
