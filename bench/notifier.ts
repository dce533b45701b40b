/**
 * How `podtide notifier` fares with many HPAs over a real API server, by each of its manifests in turn, and whether it keeps
 * its size for days: `node bench/notifier.ts [options]`. There are no controllers; what they would write, the bench writes.
 * A webhook over TLS is told.
 *
 *   --hpas 2000             of each size a cluster
 *   --manifest notifier,notifier-hpas-only
 *   --seconds 60            window in which statuses change and nothing scales
 *   --starts 100            scalings, one after the other
 *   --outage 120            seconds without the API server
 *   --soak-hours 48         of a virtual clock, twice as long as a told notice is remembered; 0 leaves it out
 *   --soak-hpas 10
 *   --node-flag=--cpu-prof  flags of Node for the notifier's process, may be repeated
 *   --write                 puts the rows into bench/RESULTS.md
 *   -o json                 one line of JSON for each notifier instead of tables
 */
import { parseArgs } from 'node:util';
import { CONTENDERS, type ContenderName } from './notifier/contenders.ts';
import { figuresTables, soakTable, withFigures, withSoak } from './notifier/figures-table.ts';
import { measure, type NotifierFigures } from './notifier/measurement.ts';
import { type SoakFigures, soak } from './notifier/soak.ts';
import { numberFlag, numberFlags } from './number-flags.ts';
import { buildPodtide } from './scale/contenders.ts';
import { FiguresRun } from './scale/figures-run.ts';

const { values } = parseArgs({
  options: {
    hpas: { type: 'string', default: '2000' },
    manifest: { type: 'string', default: CONTENDERS.join(',') },
    seconds: { type: 'string', default: '60' },
    starts: { type: 'string', default: '100' },
    outage: { type: 'string', default: '120' },
    'soak-hours': { type: 'string', default: '48' },
    'soak-hpas': { type: 'string', default: '10' },
    'node-flag': { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'table' },
  },
});

const contenders = values.manifest.split(',').map(contenderNamed);
const ending = { output: values.output, isWritten: values.write };
const run = new FiguresRun<NotifierFigures>({ ...ending, tables: figuresTables, withFigures });
const soakRun = new FiguresRun<SoakFigures>({ ...ending, tables: soakTable, withFigures: withSoak });

buildPodtide();
await measure({
  hpaCounts: numberFlags(values, 'hpas'),
  contenders,
  startCount: numberFlag(values, 'starts'),
  windowSeconds: numberFlag(values, 'seconds'),
  outageSeconds: numberFlag(values, 'outage'),
  nodeFlags: values['node-flag'],
  report: run.report,
  onFigures: run.take,
});
await run.finish();

const soakHours = numberFlag(values, 'soak-hours');
if (soakHours > 0) {
  soakRun.report(`${soakHours} virtual hours`);
  soakRun.take(await soak(numberFlag(values, 'soak-hpas'), soakHours));
  await soakRun.finish();
}

function contenderNamed(name: string): ContenderName {
  const contender = CONTENDERS.find((known) => known === name);
  if (contender === undefined) throw new Error(`--manifest ${name}: must be one of ${CONTENDERS.join(', ')}`);
  return contender;
}
