import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MessagesBody } from '../../src/people/dashboard/wire.ts';

const run = promisify(execFile);
const MAIN = 'src/app/cli/main.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-lab-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const podtide = (...args: string[]) => run(process.execPath, [MAIN, ...args]);

/** The records of an unattended run, without the header's address, which differs from run to run. */
async function records(story: string): Promise<readonly Record<string, unknown>[]> {
  const kubeconfig = join(folder, `${story}.kubeconfig`);
  const { stdout, stderr } = await podtide(
    'lab',
    '--story',
    story,
    '--speed',
    'max',
    '-o',
    'json',
    '--lang',
    'en',
    '--kubeconfig',
    kubeconfig,
  );
  expect(stderr).toBe('');
  const [header, ...changes] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(header).toMatchObject({
    apiVersion: 'podtide.dev/v1',
    kind: 'LabRun',
    stories: [story],
    speed: 'max',
    kubeconfig,
  });
  return changes;
}

describe('podtide lab, unattended', () => {
  test('the walkthrough: 1 → 4 → 7 → 1, at the seconds of the real controller', async () => {
    const changes = await records('walkthrough');
    const startMs = Date.parse(String(changes[0]?.['at']));
    expect(changes.map(({ at, hpa, from, to }) => [(Date.parse(String(at)) - startMs) / 1000, hpa, from, to])).toEqual([
      [0, 'default/php-apache', 1, 4],
      [15, 'default/php-apache', 4, 7],
      [345, 'default/php-apache', 7, 1],
    ]);
    expect(changes[0]?.['why']).toBe(
      'cpu at 305 % of request, target 50 %; 7 wanted; at most max(2 × 1, 4) = 4 in one step',
    );
    expect(changes[1]?.['why']).toContain('cpu at 76 % of request');
  });

  test('two runs of a recorded day print the same', async () => {
    const first = await records('shop');
    expect(first.length).toBeGreaterThan(20);
    expect(await records('shop')).toEqual(first);
  });

  test('its kubeconfig is its own file, for its owner only', async () => {
    const kubeconfig = join(folder, 'walkthrough.kubeconfig');
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600);
  });
});

describe('podtide lab, watched', () => {
  test('says where kubectl and the page are, serves the page, and ends cleanly when interrupted', async () => {
    const args = [MAIN, 'lab', '--speed', '30', '--lang', 'en', '--kubeconfig', join(folder, 'live.kubeconfig')];
    const lab = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const exit = once(lab, 'exit');
    let pageUrl: string | undefined;
    for await (const line of createInterface({ input: lab.stderr })) {
      pageUrl = /http:\/\/127\.0\.0\.1:\d+\//.exec(line)?.[0];
      if (pageUrl !== undefined) break;
    }
    const page = await fetch(String(pageUrl));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<script type="module"');
    const changes: string[] = [];
    const lines = createInterface({ input: lab.stdout });
    for await (const line of lines) {
      changes.push(line);
      if (line.includes('default/php-apache 1 → 4')) break;
    }
    expect(changes.at(-1)).toContain('cpu at 305 % of request, target 50 %');
    for await (const line of lines) {
      if (!line.includes('would tell')) continue;
      expect(line).toMatch(/^\S+Z would tell team: \[Scaling up\] default\/php-apache 1→4$/);
      break;
    }
    const asked = await fetch(new URL('/api/messages?language=zh-CN&timeZone=Asia/Shanghai', pageUrl));
    const { messages } = (await asked.json()) as MessagesBody;
    expect(messages?.[0]?.text).toContain('触发指标：cpu 当前 305%，目标 50%');
    lab.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
  });
});

describe('podtide lab, told something wrong', () => {
  test.each([
    {
      why: 'every problem at once',
      args: ['--speed', 'fast', '--port', '99999'],
      says: ['--speed=fast: must be', '--port=99999: must be'],
    },
    {
      why: 'a story in an empty lab',
      args: ['--empty', '--story', 'shop'],
      says: ['--story=shop: --empty plays none'],
    },
    {
      why: 'a gate that nobody knows',
      args: ['--feature-gates', 'Foo=true'],
      says: ['--feature-gates=Foo=true: must be GATE=true|false'],
    },
    { why: 'a language that it does not speak', args: ['--lang', 'fr'], says: ['--lang=fr: must be one of en, zh-CN'] },
  ])('$why', async ({ args, says }) => {
    const failure = await podtide('lab', ...args).catch((thrown) => thrown);
    expect(failure.code).toBe(2);
    for (const text of says) expect(failure.stderr).toContain(text);
  });

  test('another program’s kubeconfig is left alone', async () => {
    const failure = await podtide('lab', '--empty', '--kubeconfig', 'package.json').catch((thrown) => thrown);
    expect(failure.code).toBe(5);
    expect(failure.stderr).toContain('package.json was not written by podtide and is left alone');
  });
});
