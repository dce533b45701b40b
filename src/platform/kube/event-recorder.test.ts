import { describe, expect, test } from 'vitest';
import { type Answer, scriptedServer, status } from '../../../test/kube/scripted-server.ts';
import { EVENT_CORRELATION_COUNT_MAX, EVENT_QUEUE_COUNT_MAX } from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { EventCorrelator, type EventRegarding } from './event-correlator.ts';
import { createEventRecorder } from './event-recorder.ts';
import { createKubeClient } from './kube-client.ts';

const HPA: EventRegarding = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  namespace: 'shop',
  name: 'web',
  uid: 'u1',
  resourceVersion: '7',
};
const START_MS = Date.UTC(2030, 0, 1);

/** Answers a write with what was written. */
const echo: Answer = async (request) => Response.json(await request.clone().json(), { status: 201 });

function recorderOver(script: readonly Answer[]) {
  const clock = new VirtualClock({ startAtMs: START_MS, turn: () => new Promise((resolve) => setImmediate(resolve)) });
  const written: { method: string; name: string; count: unknown; message: unknown }[] = [];
  const server = scriptedServer(
    script.map((answer) => async (request) => {
      const body = (await request.clone().json()) as { metadata?: { name: string }; count: number; message: string };
      const name = body.metadata?.name ?? new URL(request.url).pathname.split('/').at(-1) ?? '';
      written.push({
        method: request.method,
        name: name.split('.')[0] ?? '',
        count: body.count,
        message: body.message,
      });
      return request.method === 'PATCH' ? Response.json({ metadata: { name } }) : answer(request);
    }),
  );
  const client = createKubeClient({ transport: server.transport, ioClock: clock, userAgent: 'test' });
  const recorder = createEventRecorder({ client, clock, ioClock: clock, component: 'horizontal-pod-autoscaler' });
  return { clock, server, written, recorder };
}

describe('an event recorder', () => {
  test('writes the object that upstream writes', async () => {
    const bodies: unknown[] = [];
    const { recorder } = recorderOver([
      async (request) => {
        bodies.push(await request.clone().json());
        return echo(request);
      },
    ]);
    recorder.record(HPA, {
      type: 'Normal',
      reason: 'SuccessfulRescale',
      message: 'New size: 4; reason: cpu above target',
    });
    await recorder.flush();
    expect(bodies).toEqual([
      {
        kind: 'Event',
        apiVersion: 'v1',
        metadata: { name: `web.${(BigInt(START_MS) * 1_000_000n + 1n).toString(16)}`, namespace: 'shop' },
        involvedObject: {
          kind: 'HorizontalPodAutoscaler',
          namespace: 'shop',
          name: 'web',
          uid: 'u1',
          apiVersion: 'autoscaling/v2',
          resourceVersion: '7',
        },
        reason: 'SuccessfulRescale',
        message: 'New size: 4; reason: cpu above target',
        source: { component: 'horizontal-pod-autoscaler' },
        firstTimestamp: '2030-01-01T00:00:00Z',
        lastTimestamp: '2030-01-01T00:00:00Z',
        count: 1,
        type: 'Normal',
        eventTime: null,
        reportingComponent: 'horizontal-pod-autoscaler',
        reportingInstance: '',
      },
    ]);
  });

  test('counts equal events on one object', async () => {
    const { recorder, written } = recorderOver([echo]);
    for (let index = 0; index < 3; index += 1)
      recorder.record(HPA, { type: 'Warning', reason: 'FailedGetScale', message: 'no' });
    await recorder.flush();
    expect(written).toEqual([
      { method: 'POST', name: 'web', count: 1, message: 'no' },
      { method: 'PATCH', name: 'web', count: 2, message: 'no' },
      { method: 'PATCH', name: 'web', count: 3, message: 'no' },
    ]);
  });

  test('a lost connection is tried again after ten seconds, the server’s no is not', async () => {
    const lost: Answer = () => Promise.reject(new Error('read ECONNRESET'));
    const { recorder, written, clock } = recorderOver([lost, echo, status(403, 'Forbidden', 'not you'), echo]);
    recorder.record(HPA, { type: 'Normal', reason: 'A', message: 'a' });
    recorder.record(HPA, { type: 'Normal', reason: 'B', message: 'b' });
    await clock.runBy(9_999);
    expect(written.map(({ message }) => message)).toEqual(['a']);
    await clock.runBy(1);
    await recorder.flush();
    expect({ messages: written.map(({ message }) => message), dropped: recorder.droppedCount }).toEqual({
      messages: ['a', 'a', 'b'],
      dropped: 1,
    });
  });

  test('a close gives up what cannot be written in time', async () => {
    const hang: Answer = () => new Promise(() => {});
    const { recorder, clock } = recorderOver([hang]);
    recorder.record(HPA, { type: 'Normal', reason: 'A', message: 'a' });
    recorder.record(HPA, { type: 'Normal', reason: 'A', message: 'b' });
    const closed = recorder.close(5_000);
    recorder.record(HPA, { type: 'Normal', reason: 'A', message: 'too late' });
    clock.advanceBy(5_000);
    await closed;
    expect(recorder.droppedCount).toBe(3);
    expect([clock.heldCount, clock.timerCount]).toEqual([0, 0]);
  });
});

test('a queue that is full takes no more', async () => {
  const hang: Answer = () => new Promise(() => {});
  const { recorder, clock } = recorderOver([hang]);
  for (let index = 0; index < EVENT_QUEUE_COUNT_MAX + 3; index += 1)
    recorder.record(HPA, { type: 'Normal', reason: 'A', message: 'a' });
  expect(recorder.droppedCount).toBe(3);
  const closed = recorder.close(0);
  clock.advanceBy(0);
  await closed;
  expect(recorder.droppedCount).toBe(EVENT_QUEUE_COUNT_MAX + 3);
});

describe('event correlation', () => {
  test('forgets the series that was used least recently', () => {
    const correlator = new EventCorrelator();
    const say = (uid: string) =>
      correlator.correlate({ ...HPA, uid }, { type: 'Normal', reason: 'R', message: 'm' }, 0);
    say('first');
    for (let index = 0; index < EVENT_CORRELATION_COUNT_MAX - 1; index += 1) say(`u${index}`);
    const kept = say('first');
    say('one more');
    const forgotten = say('u0');
    expect([kept, forgotten].map((one) => (one.kind === 'dropped' ? 0 : one.count))).toEqual([2, 1]);
  });

  test('from the tenth different message within ten minutes on, similar events are one', () => {
    const correlator = new EventCorrelator();
    const note = (index: number) => ({ type: 'Warning' as const, reason: 'Failed', message: `m${index}` });
    const seen = Array.from({ length: 12 }, (_, index) => correlator.correlate(HPA, note(index), index * 1_000));
    expect(seen.slice(8).map((one) => (one.kind === 'dropped' ? one.kind : [one.note.message, one.count]))).toEqual([
      ['m8', 1],
      ['(combined from similar events): m9', 1],
      ['(combined from similar events): m10', 2],
      ['(combined from similar events): m11', 3],
    ]);
    const later = correlator.correlate(HPA, note(99), 11_000 + 600_001);
    expect(later.kind === 'dropped' ? later.kind : later.note.message).toBe('m99');
  });

  test('one object may say 25 things at once, then one in five minutes; what is dropped has been counted', () => {
    const correlator = new EventCorrelator();
    const say = (atMs: number) => correlator.correlate(HPA, { type: 'Normal', reason: 'R', message: 'same' }, atMs);
    const burst = Array.from({ length: 30 }, () => say(0).kind);
    expect(burst.filter((kind) => kind !== 'dropped').length).toBe(25);
    expect(say(299_000).kind).toBe('dropped');
    const next = say(300_000);
    expect(next.kind === 'dropped' ? 0 : next.count).toBe(32);
  });

  test('warnings without end leave room for normal events', () => {
    const correlator = new EventCorrelator();
    const say = (type: 'Normal' | 'Warning', message: string) =>
      correlator.correlate(HPA, { type, reason: 'Any', message }, 0).kind;
    for (let index = 0; index < 30; index += 1) say('Warning', 'no metrics');
    expect([say('Warning', 'no metrics'), say('Normal', 'New size: 4')]).toEqual(['dropped', 'first']);
  });
});
