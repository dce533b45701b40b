import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { ACCESS_REVIEWS_COUNT_MAX } from '../../base/access-limits.ts';
import { Failure } from '../../base/failure.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { ApiFailure } from '../kube/api-failure.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { createAccessReviewer } from './access-review.ts';
import { type RequestAttributes, readRequestTarget } from './request-attributes.ts';
import { ReviewCache } from './review-cache.ts';
import { createTokenReviewer } from './token-review.ts';

const NEVER = new AbortController().signal;
const JANE = { name: 'jane', groups: ['dev'], extra: {} };

let clock: VirtualClock;
/** Specs that were sent, with when. */
let asked: { readonly atMs: number; readonly spec: Record<string, unknown> }[];
/** The answers in order, the last one again and again. */
let answers: (unknown | Error | 'hang')[];

const client: Pick<KubeClient, 'create'> = {
  create: async <T extends KubeObject>(_type: unknown, object: T) => {
    asked.push({ atMs: clock.monotonicMs(), spec: (object as unknown as { spec: Record<string, unknown> }).spec });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === 'hang') return new Promise<T>(() => {});
    if (answer instanceof Error) throw answer;
    return { ...object, status: answer };
  },
};

beforeEach(() => {
  clock = new VirtualClock({ turn: () => setImmediate() });
  asked = [];
  answers = [];
});

const ports = () => ({ client, ioClock: clock, random: () => 0 });
const busy = (reason: string, status: number) => new ApiFailure(reason, { status, reason });
const reset = new Failure('unavailable', 'reset', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
const known = { authenticated: true, user: { username: 'jane', uid: 'u', groups: ['dev'], extra: { a: ['b'] } } };

describe('whose a token is', () => {
  const rows: readonly (readonly [why: string, status: unknown, verdict: unknown, callsCount: number])[] = [
    [
      'known, as an authenticated one, for ten seconds',
      known,
      { kind: 'known', user: { name: 'jane', uid: 'u', groups: ['dev', 'system:authenticated'], extra: { a: ['b'] } } },
      2,
    ],
    ['nobody’s is remembered as long', { authenticated: false }, { kind: 'unknown' }, 2],
    ['an error may pass and is not remembered', { error: 'expired' }, { kind: 'unknown', error: 'expired' }, 3],
    ['no status is no user', undefined, { kind: 'unknown' }, 2],
  ];
  test.each(rows)('%s', async (_why, status, verdict, callsCount) => {
    answers = [status];
    const review = createTokenReviewer(ports());
    expect(await review('t', NEVER)).toEqual(verdict);
    clock.advanceBy(9_999);
    await review('t', NEVER);
    clock.advanceBy(1);
    await review('t', NEVER);
    expect(asked).toHaveLength(callsCount);
  });

  test('those who ask at the same time ask once; one who leaves takes nothing from the others', async () => {
    answers = [known];
    const review = createTokenReviewer(ports());
    const leaving = new AbortController();
    const all = [review('t', leaving.signal), review('t', NEVER), review('t', NEVER)];
    leaving.abort(new Error('gone'));
    const results = await Promise.allSettled(all);
    expect([results.map(({ status }) => status), asked.length]).toEqual([['rejected', 'fulfilled', 'fulfilled'], 1]);
  });

  test('another token is asked for by itself', async () => {
    answers = [known];
    const review = createTokenReviewer(ports());
    await Promise.all([review('a', NEVER), review('b', NEVER)]);
    expect(asked.map(({ spec }) => spec)).toEqual([{ token: 'a' }, { token: 'b' }]);
  });
});

describe('a server that is busy', () => {
  const rows: readonly (readonly [why: string, answers: readonly unknown[], atMs: readonly number[], end: string])[] = [
    ['an internal error is asked again', [busy('InternalError', 500), known], [0, 500], 'known'],
    ['so is too much, and a broken connection', [busy('TooManyRequests', 429), reset, known], [0, 500, 1_250], 'known'],
    ['five times and no more', [busy('Timeout', 504)], [0, 500, 1_250, 2_375, 4_062.5], 'Timeout'],
    ['a refusal is none of it', [busy('Forbidden', 403), known], [0], 'Forbidden'],
    ['nor is nobody there', [new Failure('unavailable', 'refused'), known], [0], 'refused'],
  ];
  test.each(rows)('%s', async (_why, given, atMs, end) => {
    answers = [...given];
    const outcome = createTokenReviewer(ports())('t', NEVER).then(
      ({ kind }) => kind,
      ({ message }: Error) => message,
    );
    await clock.runBy(10_000);
    expect([asked.map((call) => call.atMs), await outcome]).toEqual([atMs, end]);
  });

  test('a failure is shared and not remembered', async () => {
    answers = [busy('Forbidden', 403), known];
    const review = createTokenReviewer(ports());
    const both = await Promise.allSettled([review('t', NEVER), review('t', NEVER)]);
    expect([both.map(({ status }) => status), (await review('t', NEVER)).kind]).toEqual([
      ['rejected', 'rejected'],
      'known',
    ]);
  });
});

function attributesOf(target: string, method = 'GET'): RequestAttributes {
  const reading = readRequestTarget(method, target);
  if (reading.kind === 'ambiguous') throw new Error(reading.why);
  return reading.attributes;
}

describe('what a user may', () => {
  const PODS = '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods';

  test('a resource is asked about with every attribute that applies and no other', async () => {
    answers = [{ allowed: true }];
    const review = createAccessReviewer(ports());
    const user = { name: 'jane', uid: 'u', groups: ['dev'], extra: { a: ['b'] } };
    await review(user, attributesOf(`${PODS}?fieldSelector=metadata.name%3Dweb&labelSelector=app`), NEVER);
    await review(JANE, attributesOf('/metrics'), NEVER);
    expect(asked.map(({ spec }) => spec)).toEqual([
      {
        user: 'jane',
        uid: 'u',
        groups: ['dev'],
        extra: { a: ['b'] },
        resourceAttributes: {
          namespace: 'shop',
          verb: 'list',
          group: 'metrics.k8s.io',
          version: 'v1beta1',
          resource: 'pods',
          name: 'web',
          fieldSelector: { requirements: [{ key: 'metadata.name', operator: 'In', values: ['web'] }] },
          labelSelector: { requirements: [{ key: 'app', operator: 'Exists' }] },
        },
      },
      { user: 'jane', groups: ['dev'], nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    ]);
  });

  const verdicts: readonly (readonly [why: string, status: unknown, verdict: unknown])[] = [
    ['allowed', { allowed: true, reason: 'RBAC' }, { isAllowed: true, reason: 'RBAC' }],
    ['no opinion is no', { allowed: false }, { isAllowed: false, reason: '' }],
    ['denied', { allowed: false, denied: true, reason: 'no' }, { isAllowed: false, reason: 'no' }],
    ['both at once is no', { allowed: true, denied: true }, { isAllowed: false, reason: '' }],
    ['nothing is no', undefined, { isAllowed: false, reason: '' }],
  ];
  test.each(verdicts)('%s', async (_why, status, verdict) => {
    answers = [status];
    expect(await createAccessReviewer(ports())(JANE, attributesOf(PODS), NEVER)).toEqual(verdict);
  });

  const kept: readonly (readonly [why: string, isAllowed: boolean, target: string, callsCount: number])[] = [
    ['a yes stands for its time', true, PODS, 2],
    ['a no for its own', false, PODS, 3],
    ['what is longer than 10,000 characters is not remembered', true, `/metrics/${'a'.repeat(10_000)}`, 4],
    [
      'nor are labels that make it so',
      true,
      `${PODS}?labelSelector=a in (${Array.from({ length: 2_000 }, (_, index) => `v${index}`)})`,
      4,
    ],
  ];
  test.each(kept)('%s', async (_why, allowed, target, callsCount) => {
    answers = [{ allowed }];
    const review = createAccessReviewer({ ...ports(), allowedMs: 3_000, deniedMs: 2_000 });
    for (const atMs of [0, 1_999, 2_000, 4_500]) {
      clock.advanceTo(atMs);
      await review(JANE, attributesOf(target), NEVER);
    }
    expect(asked).toHaveLength(callsCount);
  });

  test('another user, another verb and another selector are other questions', async () => {
    answers = [{ allowed: true }];
    const review = createAccessReviewer(ports());
    for (const target of [PODS, `${PODS}?watch=1`, `${PODS}?labelSelector=a`, PODS])
      await review(JANE, attributesOf(target), NEVER);
    await review({ ...JANE, groups: [] }, attributesOf(PODS), NEVER);
    expect(asked).toHaveLength(4);
  });
});

test('as many answers as the bound says; the one not asked for longest gives way', async () => {
  const cache = new ReviewCache<string>({ ioClock: clock, keptMs: () => 1_000 });
  let callsCount = 0;
  const find = (key: string) =>
    cache.find(
      key,
      async () => {
        callsCount += 1;
        return key;
      },
      NEVER,
    );
  for (let index = 0; index < ACCESS_REVIEWS_COUNT_MAX; index++) await find(`${index}`);
  await find('0');
  await find('new');
  expect([cache.size, callsCount]).toEqual([ACCESS_REVIEWS_COUNT_MAX, ACCESS_REVIEWS_COUNT_MAX + 1]);
  await find('0');
  expect(callsCount).toBe(ACCESS_REVIEWS_COUNT_MAX + 1);
  await find('1');
  expect(callsCount).toBe(ACCESS_REVIEWS_COUNT_MAX + 2);
});
