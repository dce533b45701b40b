import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as realTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createTelemetry, type Telemetry } from '../../platform/telemetry/registry.ts';
import type { NotifierConfig } from '../config/notifier/notifier-config.ts';
import { followNotifierConfig } from './notifier-reload.ts';

const textOf = (id: string): string =>
  `cluster: {id: ${id}}\nsinks: {a: {type: slack, webhookRef: {file: w}}}\nroutes: [{sinks: [a]}]\n`;

let folder: string;
let path: string;
let clock: VirtualClock;
let telemetry: Telemetry;
let taken: string[];
let problems: string[];
let take: (config: NotifierConfig) => void;
let stop: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-reload-'));
  path = join(folder, 'notifier.yaml');
  // Reading a file takes real time, in which the clock stands still.
  clock = new VirtualClock({ turn: () => realTimeout(1) });
  telemetry = createTelemetry();
  taken = [];
  problems = [];
  take = ({ cluster }) => void taken.push(cluster.id);
  await writeFile(path, textOf('one'));
  stop = followNotifierConfig({
    path,
    text: textOf('one'),
    ioClock: clock,
    log: { ...SILENT_LOG, error: (_message, fields) => void problems.push(String(fields?.['error'])) },
    telemetry,
    onChange: async (config) => take(config),
  });
});

afterEach(async () => {
  stop();
  await rm(folder, { recursive: true });
});

async function become(text: string): Promise<void> {
  await writeFile(path, text);
  await clock.runBy(15_000);
}

async function standing(): Promise<readonly string[]> {
  const { text } = await telemetry.expose();
  return text.split('\n').filter((line) => /^podtide_notifier_config_(current|reloads_total)\b/.test(line));
}

test('a file that cannot be used is told of once with its line and column, and the last good one stays', async () => {
  await become(`${textOf('two')}mutes: []\n`);
  await clock.runBy(60_000);
  expect([taken, problems]).toEqual([[], [expect.stringContaining('4:8 mutes: no such key')]]);
  expect(await standing()).toEqual([
    'podtide_notifier_config_reloads_total{result="refused"} 1',
    'podtide_notifier_config_current 0',
  ]);
  await become(textOf('two'));
  expect([taken, problems.length]).toEqual([['two'], 1]);
  expect(await standing()).toEqual([
    'podtide_notifier_config_reloads_total{result="refused"} 1',
    'podtide_notifier_config_reloads_total{result="taken"} 1',
    'podtide_notifier_config_current 1',
  ]);
});

test('one whose secrets are not there yet is taken as soon as they are', async () => {
  take = () => {
    throw new Failure('notFound', 'sinks.a: w: no such file');
  };
  await become(textOf('two'));
  await clock.runBy(30_000);
  expect([taken, problems]).toEqual([[], ['sinks.a: w: no such file']]);
  take = ({ cluster }) => void taken.push(cluster.id);
  await clock.runBy(10_000);
  expect(taken).toEqual(['two']);
});

test('a file that is gone changes nothing, and a change that is taken back is none', async () => {
  await rm(path);
  await clock.runBy(15_000);
  expect(taken).toEqual([]);
  expect(problems).toHaveLength(1);
  await become(textOf('one'));
  expect(taken).toEqual([]);
  expect(await standing()).toContain('podtide_notifier_config_current 1');
});

test('nothing is read any more once it is stopped', async () => {
  stop();
  await become(textOf('two'));
  expect(taken).toEqual([]);
});
