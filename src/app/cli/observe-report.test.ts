import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@stricli/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DecisionRecord } from '../../control/history/feed.ts';
import { createObservationEndpoint } from '../../control/history/observation-endpoint.ts';
import { ObservationLog } from '../../control/history/observation-log.ts';
import type { Trace } from '../../core/engine/trace.ts';
import type { MoveVerdictKind } from '../../core/explain/observed-move.ts';
import { type Listener, openListener } from '../../platform/http/listener.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { readEnvironment } from '../config/environment.ts';
import { exitCodeOf, loadApplication } from './application.ts';
import type { CliContext } from './context.ts';

const TRACE: Trace = {
  path: { code: 'Disabled', currentReplicas: 4, minReplicas: 1, maxReplicas: 9 },
  selector: null,
  metrics: [],
  combination: null,
  stabilization: null,
  limit: null,
  wakeFloor: null,
  options: null,
  hold: null,
};

/** A log with one move of each of these kinds; the reason holds what must not reach a terminal. */
function logOf(...kinds: readonly MoveVerdictKind[]): ObservationLog {
  const log = new ObservationLog('kind');
  const hpa = { namespace: 'shop', name: 'web', uid: 'u' };
  const ours = { hpa, currentReplicas: 4, desiredReplicas: 4, scaledTo: null, scaleWriteAttempts: [], trace: TRACE };
  const reasons = [{ code: 'TheirLimit', reason: 'R', message: 'red \u001b[31m' }];
  const counts = { atMs: 0, fromReplicas: 4, theirReplicas: 6, ourReplicas: 4, unknown: null };
  const moves = kinds.map((kind) => ({ ...counts, kind, reasons, ours }));
  const agreement = { moves, isQuiet: false };
  log.take({ id: 'ID', decision: { hpa, atMs: 0 }, delivery: { agreement } } as unknown as DecisionRecord);
  return log;
}

let folder = '';
let listener: Listener | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'observe-report-'));
});
afterEach(() => listener?.close(0));
afterAll(() => rmSync(folder, { recursive: true }));

interface Served {
  readonly url: string;
  readonly requests: Request[];
}

/** Something that answers on loopback. */
async function serve(answer: (request: Request) => Response | Promise<Response | undefined>): Promise<Served> {
  const requests: Request[] = [];
  listener = await openListener({
    port: 0,
    ioClock: createSystemClock(),
    handle: async (request) => {
      requests.push(request);
      return (await answer(request)) ?? new Response('not found\n', { status: 404 });
    },
  });
  return { url: listener.url, requests };
}

function serveObserver(log: ObservationLog | null, token: string | null = null): Promise<Served> {
  const endpoint = createObservationEndpoint({
    log,
    access: async (request) =>
      token === null || request.headers.get('authorization') === `Bearer ${token}`
        ? { kind: 'allowed' }
        : { kind: 'unauthenticated' },
  });
  return serve((request) => endpoint(request));
}

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs `podtide observe report`. */
async function report(...words: readonly string[]) {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const streams = {
    stdout: { write: (text: string) => stdout.push(text) > 0 },
    stderr: { write: (text: string) => stderr.push(text) > 0 },
    exitCode: null,
  };
  const context = {
    process: streams,
    environment: readEnvironment({ HOME: folder }),
    signal: new AbortController().signal,
  };
  await run(await loadApplication(), ['observe', 'report', ...words], context as unknown as CliContext);
  return { stdout: stdout.join(''), stderr: stderr.join(''), code: exitCodeOf(context.process.exitCode) };
}

describe('podtide observe report', () => {
  test('prints what was seen; control characters of others do not reach the terminal', async () => {
    const { url } = await serveObserver(logOf('agreedMove', 'theyMovedAlone', 'notComparable'));
    expect(await report('--url', url)).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        'kind, observed since 1970-01-01T00:00:00Z: 1 HPA, 1 sync, 0 of them quiet.',
        'Moves: 1 agreed, 0 to another number, 1 theirs alone, 0 ours alone, 1 not comparable.',
        'Agreement: 50 % of the moves that can be compared.',
        '',
        'Disagreements, newest first:',
        '  1970-01-01T00:00:00Z  shop/web  they went 4 → 6, we would have stayed',
        '      a limit holds them (R): red \\u001b[31m.',
        '      ours: stays at 4: scaling is paused because the target has 0 replicas',
        '      decision: ID',
        '',
        'Not comparable, newest first:',
        '  1970-01-01T00:00:00Z  shop/web  they went 4 → 6, and we cannot compare',
        '      a limit holds them (R): red \\u001b[31m.',
        '      ours: stays at 4: scaling is paused because the target has 0 replicas',
        '      decision: ID',
        '',
      ].join('\n'),
    });
  });

  test('says so when all agree, in Chinese too, and when nothing was seen', async () => {
    const agreed = await serveObserver(logOf('agreedMove'));
    expect((await report('--url', agreed.url, '--fail-on-disagreement')).stdout).toMatch(/All moves agree\.\n$/);
    expect((await report('--url', agreed.url, '--lang', 'zh-CN')).stdout).toBe(
      [
        'kind，自 1970-01-01T00:00:00Z 起观察：1 个 HPA，1 次同步，其中 0 次双方都不动。',
        '扩缩：1 次一致，0 次数目不同，0 次只有对方调整，0 次只有我方要调整，0 次无法比较。',
        '一致率：可比较的扩缩中有 100% 一致。',
        '所有扩缩都一致。',
        '',
      ].join('\n'),
    );
    expect((await report('--url', agreed.url, '--namespace', 'bank')).stdout).toBe(
      'The observer has synced no HPA yet.\n',
    );
  });

  const codes: readonly [why: string, kinds: readonly MoveVerdictKind[], words: readonly string[], code: number][] = [
    ['a disagreement that was not asked about', ['otherNumber'], [], 0],
    ['a disagreement', ['otherNumber', 'agreedMove'], ['--fail-on-disagreement'], 1],
    ['agreement', ['agreedMove'], ['--fail-on-disagreement'], 0],
    ['what cannot be compared is no disagreement', ['notComparable'], ['--fail-on-disagreement'], 0],
  ];
  test.each(codes)('ends with the code for it: %s', async (_why, kinds, words, code) => {
    const { url } = await serveObserver(logOf(...kinds));
    expect((await report('--url', url, ...words)).code).toBe(code);
  });

  test('-o json is the document', async () => {
    const log = logOf('agreedMove');
    const { url } = await serveObserver(log);
    expect(JSON.parse((await report('--url', `${url}/`, '-o', 'json')).stdout)).toEqual(log.observation(null));
  });

  test('shows the token of the file', async () => {
    const { url } = await serveObserver(logOf(), 'secret');
    expect((await report('--url', url, '--token-file', fileOf('token', 'secret\n'))).code).toBe(0);
    const refused = await report('--url', url);
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining('a bearer token of the cluster is needed'),
    ]);
    expect(refused.stderr).toContain('kubectl create token NAME > FILE');
  });

  const failures: readonly [why: string, answer: () => Response, code: number, says: string][] = [
    [
      'another server',
      () => new Response('<html>'),
      6,
      'answers with something else than an observation of podtide.dev/v1',
    ],
    ['a page that is not there', () => new Response('no', { status: 404 }), 4, 'HTTP 404'],
    ['a server that is broken', () => Response.json({ message: 'out of order' }, { status: 500 }), 6, 'out of order'],
  ];
  test.each(failures)('%s', async (_why, answer, code, says) => {
    const { url } = await serve(answer);
    const { code: ended, stderr, stdout } = await report('--url', url);
    expect([ended, stdout]).toEqual([code, '']);
    expect(stderr).toContain(says);
    expect(stderr).toContain('is podtide controller --mode observe running there?');
  });

  test('nobody there, a token file that is not there, one that holds something else', async () => {
    const { url } = await serveObserver(logOf());
    await listener?.close(0);
    expect((await report('--url', url)).code).toBe(6);
    expect((await report('--token-file', join(folder, 'none'))).code).toBe(4);
    const prose = await report('--token-file', fileOf('prose', 'two words'));
    expect([prose.code, prose.stderr]).toEqual([2, expect.stringContaining('must hold one token and nothing else')]);
  });

  test('a controller that acts has nothing to report', async () => {
    const { url } = await serveObserver(null);
    const { code, stderr } = await report('--url', url);
    expect([code, stderr]).toEqual([4, expect.stringContaining('this controller acts')]);
  });
});

describe('through the API server', () => {
  const kubeconfigOf = (server: string, user: object): string =>
    fileOf(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server } }],
        users: [{ name: 'u', user }],
      }),
    );

  test('asks the Service, and shows it the kubeconfig’s token beside the one that the API server keeps', async () => {
    const log = logOf('agreedMove');
    const { url, requests } = await serve(() => Response.json(log.observation('shop')));
    const kubeconfig = kubeconfigOf(url, { token: 'mine' });
    const { code, stdout } = await report('--kubeconfig', kubeconfig, '--namespace', 'shop', '-o', 'json');
    expect([code, JSON.parse(stdout)]).toEqual([0, log.observation('shop')]);
    const [request] = requests;
    const { pathname, search } = new URL(request?.url ?? '');
    expect(`${pathname}${search}`).toBe(
      '/api/v1/namespaces/podtide-system/services/https:podtide-controller:https/proxy/observation?namespace=shop',
    );
    expect([request?.headers.get('authorization'), request?.headers.get('podtide-authorization')]).toEqual([
      'Bearer mine',
      'Bearer mine',
    ]);
  });

  test('the token of a file goes before it, and a certificate alone is not enough', async () => {
    const { url, requests } = await serve(() => Response.json(logOf().observation(null)));
    await report('--kubeconfig', kubeconfigOf(url, { token: 'mine' }), '--token-file', fileOf('other', 'other'));
    expect(requests[0]?.headers.get('podtide-authorization')).toBe('Bearer other');
    const without = await report('--kubeconfig', kubeconfigOf(url, {}));
    expect([without.code, without.stderr]).toEqual([
      3,
      expect.stringContaining('has no token to show to the observer'),
    ]);
  });

  test('no such Service', async () => {
    const body = { kind: 'Status', message: 'services "observer" not found', code: 404 };
    const { url } = await serve(() => Response.json(body, { status: 404 }));
    const words = ['--kubeconfig', kubeconfigOf(url, { token: 'mine' }), '--service', 'shop/observer'];
    const { code, stderr } = await report(...words);
    expect([code, stderr]).toEqual([4, expect.stringContaining('services "observer" not found')]);
    expect(stderr).toContain('name its Service with --service NAMESPACE/NAME');
  });
});
