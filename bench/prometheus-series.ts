/**
 * What a list of series costs that is folded while it arrives, beside one that is parsed whole:
 * `node bench/prometheus-series.ts [--series 100000]`. Each way runs in a process of its own, which reads the same answer of
 * `/api/v1/series` in pieces of 64 KiB, as they come from a socket, and says its CPU time and its largest memory beyond that
 * of the process when all pieces were there.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readPrometheusAnswer } from '../src/metrics/prometheus/answer-reader.ts';
import { seriesCall } from '../src/metrics/prometheus/api-calls.ts';
import { SeriesFolder } from '../src/metrics/prometheus/series-folder.ts';
import { numberFlag } from './number-flags.ts';

const PIECE_BYTES = 64 * 1024;
/** As the metrics of containers and of kube-state-metrics have them. */
const METRICS_COUNT = 600;
const WAYS = ['fold', 'whole'] as const;

const { values } = parseArgs({
  options: { series: { type: 'string', default: '100000' }, way: { type: 'string' } },
});
const seriesCount = numberFlag(values, 'series');

if (values.way === undefined) {
  for (const way of WAYS) {
    const args = [fileURLToPath(import.meta.url), `--series=${seriesCount}`, `--way=${way}`];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${way} ended with ${status}: ${stderr}`);
    process.stdout.write(stdout);
  }
} else await measure(values.way);

async function measure(way: string): Promise<void> {
  const pieces = makePieces();
  const beforeKib = process.resourceUsage().maxRSS;
  const startedAt = process.cpuUsage();
  const folds = way === 'fold' ? await foldWhileItArrives(pieces) : parseWhole(pieces);
  const { user, system } = process.cpuUsage(startedAt);
  const peakMib = (process.resourceUsage().maxRSS - beforeKib) / 1024;
  const answerMib = pieces.reduce((sum, { length }) => sum + length, 0) / 2 ** 20;
  console.log(
    `${way}: ${seriesCount} series (${answerMib.toFixed(1)} MiB) in ${folds.length} sets of label names: ` +
      `${((user + system) / 1000).toFixed(0)} ms of CPU, ${peakMib.toFixed(1)} MiB at most`,
  );
}

async function foldWhileItArrives(pieces: readonly Uint8Array[]) {
  const limits = { answerBytesMax: 0, seriesCountMax: 0, deadlineMs: 0 };
  const { reader } = seriesCall({ selectors: ['{namespace!=""}'] }, limits);
  return (await readPrometheusAnswer({ status: 200, headers: {}, body: arriving(pieces) }, reader())).value;
}

async function* arriving(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function parseWhole(pieces: readonly Uint8Array[]) {
  const folder = new SeriesFolder();
  folder.add(JSON.parse(Buffer.concat(pieces).toString('utf8')).data);
  return folder.folds();
}

function makePieces(): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let piece = '{"status":"success","data":[';
  for (let index = 0; index < seriesCount; index += 1) {
    piece += `${index === 0 ? '' : ','}${seriesText(index)}`;
    if (piece.length < PIECE_BYTES) continue;
    pieces.push(Buffer.from(piece));
    piece = '';
  }
  pieces.push(Buffer.from(`${piece}]}`));
  return pieces;
}

/** Names and label names go around in METRICS_COUNT metrics, values hardly repeat. */
function seriesText(index: number): string {
  const metric = index % METRICS_COUNT;
  const pod = `service-${index % 997}-${(index * 7919).toString(16).padStart(9, 'a')}-x${index % 61}`;
  const own = metric % 3 === 0 ? `"le":"${index % 12}"` : `"mode_${metric % 7}":"${index % 5}"`;
  return (
    `{"__name__":"container_metric_${metric}_total","cluster":"production-1","container":"app",` +
    `"endpoint":"https-metrics","id":"/kubepods/burstable/pod${(index * 104_729).toString(16).padStart(12, '0')}",` +
    `"image":"registry.example.com/team/service:${index % 40}","instance":"10.0.${index % 255}.${index % 250}:10250",` +
    `"job":"kubelet","namespace":"team-${index % 50}","node":"node-${index % 300}","pod":"${pod}",${own}}`
  );
}
