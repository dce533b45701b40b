import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { Scale } from '../../core/autoscaling/types.ts';
import { ApiFailure } from '../../platform/kube/api-failure.ts';
import type { ScaleTarget } from '../facts/scale-reader.ts';
import { writeScale } from './scale-writer.ts';

const CONFLICT = new ApiFailure('the object has been modified', { status: 409, reason: 'Conflict' });
const FORBIDDEN = new ApiFailure('forbidden', { status: 403, reason: 'Forbidden' });
const SILENT = new Failure('unavailable', 'context deadline exceeded');

function scaleAt(resourceVersion: string): Scale {
  return { metadata: { namespace: 'shop', name: 'web', resourceVersion }, spec: { replicas: 1 } };
}

const TARGET: ScaleTarget = {
  type: { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true },
  scale: scaleAt('read'),
};

/** Tries a write whose i-th PUT ends with the i-th failure; says what was sent and how it ended. */
async function tryWrite(
  failures: readonly (Failure | null)[],
  options: { isRefetchBroken?: boolean; leadsFor?: number; fresh?: Scale } = {},
) {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const waits: number[] = [];
  let askedCount = 0;
  const written = writeScale(
    TARGET,
    4,
    {
      random: () => 0.5,
      isLeader: () => askedCount++ < (options.leadsFor ?? Number.POSITIVE_INFINITY),
      ioClock: {
        monotonicMs: () => clock.monotonicMs(),
        wallMs: () => clock.wallMs(),
        after: (delayMs, callback) => {
          waits.push(delayMs);
          callback();
          return () => {};
        },
      },
      client: {
        getScale: async () => {
          sent.push('GET');
          if (options.isRefetchBroken) throw SILENT;
          return options.fresh ?? scaleAt(`fresh-${sent.length}`);
        },
        replaceScale: async (_type, scale) => {
          sent.push(`PUT ${scale.spec.replicas} at ${scale.metadata.resourceVersion}`);
          const failure = failures[sent.filter((line) => line.startsWith('PUT')).length - 1] ?? null;
          if (failure !== null) throw failure;
          return scale;
        },
      },
    },
    new AbortController().signal,
  );
  const { outcome } = await written;
  return { outcome, sent, waits };
}

describe('writeScale', () => {
  test('the first write carries the version that was read', async () => {
    expect(await tryWrite([])).toEqual({
      outcome: { kind: 'written', attemptCount: 1 },
      sent: ['PUT 4 at read'],
      waits: [],
    });
  });

  test('a conflict is tried again with the same count on a fresh version, after 10 ms and a jitter', async () => {
    expect(await tryWrite([CONFLICT, CONFLICT])).toEqual({
      outcome: { kind: 'written', attemptCount: 3 },
      sent: ['PUT 4 at read', 'GET', 'PUT 4 at fresh-2', 'GET', 'PUT 4 at fresh-4'],
      waits: [10.5, 10.5],
    });
  });

  test('the fifth conflict is the last, and the scale is fetched even after it', async () => {
    const { outcome, sent } = await tryWrite(Array(9).fill(CONFLICT));
    expect(outcome).toEqual({ kind: 'failed', attemptCount: 5, message: 'the object has been modified' });
    expect(sent.filter((line) => line === 'GET')).toHaveLength(5);
  });

  const finals: readonly [why: string, failure: Failure][] = [
    ['a refusal', FORBIDDEN],
    ['silence', SILENT],
  ];
  test.each(finals)('%s is final, after one fetch', async (_why, failure) => {
    expect(await tryWrite([failure])).toMatchObject({
      outcome: { kind: 'failed', attemptCount: 1, message: failure.message },
      sent: ['PUT 4 at read', 'GET'],
    });
  });

  const ERROR = new ApiFailure('etcdserver: request timed out', { status: 500, reason: 'InternalError' });
  const moved = (replicas: number): Scale => ({ ...scaleAt('moved'), spec: { replicas } });
  const doubts: readonly [
    why: string,
    failure: Failure,
    options: Parameters<typeof tryWrite>[1],
    isPossible: boolean,
  ][] = [
    ['the answer was lost, and the count is there', SILENT, { fresh: moved(4) }, true],
    ['an error of the server, and the count is there', ERROR, { fresh: moved(4) }, true],
    ['the answer was lost, and nobody can look', SILENT, { isRefetchBroken: true }, true],
    ['nothing has changed', SILENT, { fresh: scaleAt('read') }, false],
    ['somebody else changed it', SILENT, { fresh: moved(7) }, false],
    ['a refusal is certain, whatever stands there', FORBIDDEN, { fresh: moved(4) }, false],
    ['leadership was lost while the write was under way', SILENT, { leadsFor: 1 }, true],
    ['it was never sent', SILENT, { leadsFor: 0 }, false],
  ];
  test.each(doubts)('whether it may have been written: %s', async (_why, failure, options, isPossible) => {
    const { outcome } = await tryWrite([failure], options);
    expect(outcome.kind === 'failed' && outcome.isPossiblyWritten === true).toBe(isPossible);
  });

  test('when the fetch fails too, the old version is tried again', async () => {
    const { sent } = await tryWrite([CONFLICT], { isRefetchBroken: true });
    expect(sent).toEqual(['PUT 4 at read', 'GET', 'PUT 4 at read']);
  });

  test('one who no longer leads sends nothing more', async () => {
    expect(await tryWrite([], { leadsFor: 0 })).toEqual({
      outcome: { kind: 'failed', attemptCount: 1, message: 'this process is no longer the leader' },
      sent: [],
      waits: [],
    });
    expect((await tryWrite([CONFLICT, CONFLICT], { leadsFor: 2 })).sent).toEqual(['PUT 4 at read', 'GET']);
  });
});
