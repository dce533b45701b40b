/**
 * Simulates the whole controller until there are enough syncs and crashes; see test/whole/simulation/simulation.ts.
 *
 *   node bench/simulation.ts --syncs 1000000 --crashes 100000 [--threads 2] [--first-seed 1]
 *   node bench/simulation.ts --seed 17 [--scale ordinary|crashing|small]    one seed, with its tale when it fails
 *
 * One line a minute; tales of failing seeds go to standard error. Ends with 1 when anything went wrong.
 */
import { parseArgs } from 'node:util';
import { runParallelCampaign } from '../test/whole/simulation/parallel-campaign.ts';
import { simulate } from '../test/whole/simulation/simulation.ts';
import { CRASHING_SCALE, ORDINARY_SCALE, SMALL_SCALE, type StoryScale } from '../test/whole/simulation/story.ts';
import { numberFlag } from './number-flags.ts';

const REPORT_MS = 60_000;
const SCALES: readonly StoryScale[] = [ORDINARY_SCALE, CRASHING_SCALE, SMALL_SCALE];

const { values } = parseArgs({
  options: {
    syncs: { type: 'string', default: '100000' },
    crashes: { type: 'string', default: '1000' },
    threads: { type: 'string', default: '2' },
    'first-seed': { type: 'string', default: '1' },
    seed: { type: 'string' },
    scale: { type: 'string', default: 'ordinary' },
  },
});

process.exitCode = values.seed === undefined ? await playMany() : await playOne(numberFlag(values, 'seed'));

async function playOne(seed: number): Promise<0 | 1 | 2> {
  const scale = SCALES.find(({ name }) => name === values.scale);
  if (scale === undefined) {
    process.stderr.write(`--scale=${values.scale}: must be ${SCALES.map(({ name }) => name).join(', ')}\n`);
    return 2;
  }
  const { tale, violations, syncCount, crashCount, writeCount, digest } = await simulate(seed, { scale });
  if (tale !== '') process.stderr.write(`${tale}\n`);
  const wrongs = violations.map(({ rule, hpa, text }) => `${rule}: ${hpa}: ${text}`);
  const counts = `${syncCount} syncs, ${crashCount} crashes, ${writeCount} scale writes`;
  process.stdout.write(`${[`seed ${seed}: ${counts}, digest ${digest.slice(0, 16)}`, ...wrongs].join('\n')}\n`);
  return violations.length === 0 ? 0 : 1;
}

async function playMany(): Promise<0 | 1> {
  const startMs = performance.now();
  let reportedMs = startMs;
  const totals = await runParallelCampaign({
    threadCount: numberFlag(values, 'threads'),
    firstSeed: numberFlag(values, 'first-seed'),
    syncCountMin: numberFlag(values, 'syncs'),
    crashCountMin: numberFlag(values, 'crashes'),
    onPlayed: ({ seedCount, syncCount, crashCount, tales }, { tale }) => {
      if (tale !== '') process.stderr.write(`${tale}\n\n`);
      if (performance.now() - reportedMs < REPORT_MS) return;
      reportedMs = performance.now();
      process.stdout.write(
        `${seconds()} s: ${seedCount} seeds, ${syncCount} syncs, ${crashCount} crashes, ${tales.length} wrong\n`,
      );
    },
  });
  const { seedCount, syncCount, crashCount, writeCount, faultCounts, tales } = totals;
  const kinds = [...faultCounts].sort(([left], [right]) => (left < right ? -1 : 1));
  process.stdout.write(
    [
      `${seedCount} seeds, ${syncCount} syncs, ${writeCount} scale writes, ${crashCount} crashes, ${tales.length} wrong, ${seconds()} s`,
      ...kinds.map(([kind, count]) => `${kind} ${count}`),
      '',
    ].join('\n'),
  );
  return tales.length === 0 ? 0 : 1;

  function seconds(): number {
    return Math.round((performance.now() - startMs) / 1000);
  }
}
