import { access, chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IoClock } from '../../base/clock.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { startInstalledPrometheus } from './installed-prometheus.ts';

const SIGNAL = new AbortController().signal;
const CONFIGURATION = { name: 'prometheus.yaml', text: '{}' };

let scratch: string;
let printed: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podtide-'));
  printed = '';
});

afterEach(() => rm(scratch, { recursive: true }));

/** A program in the place of Prometheus. */
async function program(script: string): Promise<string> {
  const path = join(scratch, 'prometheus');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

function start(path: string, ioClock: IoClock = createSystemClock()) {
  return startInstalledPrometheus({
    path,
    files: [CONFIGURATION],
    binding: { address: '127.0.0.1', port: 0 },
    ioClock,
    print: (text) => {
      printed += text;
    },
  });
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe('a Prometheus of this machine', () => {
  test('has its files, none of our environment, and words of its own; what it prints is handed on', async () => {
    const prometheus = await start(await program('echo "$@"; env; read line < /dev/null; sleep 0.2'));
    expect(await readFile(join(prometheus.folder, CONFIGURATION.name), 'utf8')).toBe(CONFIGURATION.text);
    await prometheus.write({ name: 'targets.json', text: '[]' });
    expect((await readdir(prometheus.folder)).toSorted()).toEqual(['prometheus.yaml', 'targets.json']);
    expect(await prometheus.ended).toBe(0);
    const { folder, url } = prometheus;
    expect(printed.split('\n')[0]).toBe(
      `--config.file=${folder}/prometheus.yaml --storage.tsdb.path=${folder}/data --storage.tsdb.retention.time=2h --web.listen-address=${new URL(url).host}`,
    );
    expect(printed).not.toContain('HOME=');
    expect(await isThere(folder)).toBe(false);
  });

  test('that ends before it is ready says how', async () => {
    const prometheus = await start(await program('exit 3'));
    await expect(prometheus.untilReady(SIGNAL)).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'Prometheus has ended before it was ready (3)',
    });
    expect(await prometheus.ended).toBe(3);
  });

  test('that does not end in peace is ended by force, and leaves nothing', async () => {
    const clock = new VirtualClock();
    const prometheus = await start(await program("trap '' TERM; echo up; while :; do sleep 0.05; done"), clock);
    await expect.poll(() => printed).toContain('up');
    const stopping = prometheus.stop();
    clock.advanceBy(4_999);
    expect(await isThere(prometheus.folder)).toBe(true);
    clock.advanceBy(1);
    await stopping;
    expect(await prometheus.ended).toBe(137);
    expect(await isThere(prometheus.folder)).toBe(false);
  });

  test('that cannot be started is told', async () => {
    await expect(start(join(scratch, 'nothing'))).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/nothing cannot be started: /),
    });
  });
});
