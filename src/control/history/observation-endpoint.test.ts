import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { type AccessQuestion, type DecisionAccess, OPEN_ACCESS } from './decision-access.ts';
import { createObservationEndpoint } from './observation-endpoint.ts';
import { ObservationLog } from './observation-log.ts';

const LOG = new ObservationLog('kind');

function ask(
  path: string,
  access: DecisionAccess = OPEN_ACCESS,
  given: { readonly log?: ObservationLog | null; readonly method?: string } = {},
): Promise<Response | undefined> {
  const { log = LOG, method = 'GET' } = given;
  return createObservationEndpoint({ log, access })(new Request(`https://x${path}`, { method }));
}

describe('/observation', () => {
  test('has what the observer found out', async () => {
    const answer = await ask('/observation');
    expect([await answer?.json(), answer?.headers.get('cache-control')]).toEqual([LOG.observation(null), 'no-store']);
  });

  test('asks whether the bearer may list the HPAs, of all namespaces or of the one that is named', async () => {
    const questions: AccessQuestion[] = [];
    const access: DecisionAccess = async (_request, question) => {
      questions.push(question);
      return { kind: 'allowed' };
    };
    await ask('/observation', access);
    await ask('/observation?namespace=shop', access);
    expect(questions).toEqual([
      { verb: 'list', namespace: null },
      { verb: 'list', namespace: 'shop' },
    ]);
  });

  const refusals: readonly [
    why: string,
    access: DecisionAccess,
    given: Parameters<typeof ask>[2],
    status: number,
    message: string,
  ][] = [
    ['nobody', async () => ({ kind: 'unauthenticated' }), {}, 401, 'a bearer token of the cluster is needed'],
    [
      'one who may not',
      async () => ({ kind: 'forbidden', user: 'joe' }),
      {},
      403,
      'user joe cannot list horizontalpodautoscalers.autoscaling in all namespaces',
    ],
    [
      'the API server is away',
      () => Promise.reject(new Failure('unavailable', 'the server did not answer')),
      {},
      503,
      'the server did not answer',
    ],
    ['a write', OPEN_ACCESS, { method: 'POST' }, 405, 'POST is not served here, only GET'],
    [
      'a controller that acts',
      OPEN_ACCESS,
      { log: null },
      404,
      'this controller acts: only --mode observe compares itself with another',
    ],
  ];
  test.each(refusals)('%s', async (_why, access, given, status, message) => {
    const answer = await ask('/observation', access, given);
    expect([answer?.status, await answer?.json()]).toEqual([status, { message }]);
  });

  test('a bug is not taken for a refusal', async () => {
    await expect(ask('/observation', () => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
  });

  test('other paths are not its own', async () => {
    expect(await ask('/observations')).toBeUndefined();
  });
});
