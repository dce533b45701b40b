import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabPrometheusChoice, LabSpeed } from '../config/lab-config.ts';
import { choosePrometheus, type LabPrometheusProgram } from './lab-prometheus-choice.ts';

const REAL_TIME: LabSpeed = { kind: 'factor', factor: 1 };

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  for (const name of ['empty', 'unreadable', 'bin']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'unreadable', 'prometheus'), 'a text');
  path = join(folder, 'bin', 'prometheus');
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
});

afterAll(() => rm(folder, { recursive: true }));

const found = (...names: readonly string[]): LabPrometheusChoice => ({
  kind: 'found',
  folders: names.map((name) => join(folder, name)),
});

test.each<{
  readonly why: string;
  readonly choice: () => LabPrometheusChoice;
  readonly speed?: LabSpeed;
  readonly expected: () => LabPrometheusProgram;
}>([
  {
    why: 'the first that can be run',
    choice: () => found('empty', 'unreadable', 'bin'),
    expected: () => ({ kind: 'installed', path }),
  },
  {
    why: 'the one that is named',
    choice: () => ({ kind: 'named', path }),
    expected: () => ({ kind: 'installed', path }),
  },
  {
    why: 'none that can be run',
    choice: () => found('empty', 'unreadable'),
    expected: () => ({ kind: 'embedded', why: { code: 'absent' } }),
  },
  {
    why: 'the lab’s own when it is asked for',
    choice: () => ({ kind: 'embedded' }),
    expected: () => ({ kind: 'embedded', why: { code: 'asked' } }),
  },
  {
    why: 'a clock that a real one cannot follow',
    choice: () => found('bin'),
    speed: { kind: 'factor', factor: 30 },
    expected: () => ({ kind: 'embedded', why: { code: 'accelerated', path } }),
  },
  {
    why: 'the same of one that is named',
    choice: () => ({ kind: 'named', path }),
    speed: { kind: 'max' },
    expected: () => ({ kind: 'embedded', why: { code: 'accelerated', path } }),
  },
])('$why', async ({ choice, speed = REAL_TIME, expected }) => {
  expect(await choosePrometheus(choice(), speed)).toEqual(expected());
});

test('one that is named and cannot be run is told with the flag', async () => {
  const choice = { kind: 'named', path: join(folder, 'empty', 'prometheus') } as const;
  await expect(choosePrometheus(choice, REAL_TIME)).rejects.toMatchObject({
    kind: 'notFound',
    message: expect.stringMatching(/^--prometheus=.*empty\/prometheus: no such file$/),
  });
});
