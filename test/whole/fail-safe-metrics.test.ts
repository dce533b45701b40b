import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControllerFlags } from '../../src/app/config/controller-config.ts';
import { formatRfc3339 } from '../../src/base/rfc3339.ts';
import type { HpaSpec, MetricSpec } from '../../src/core/autoscaling/types.ts';
import { ControllerWorld } from './support/controller-world.ts';

/**
 * What must happen when metrics fail or lie: the first rows of the fail-safe table. Everything comes over the wire,
 * through the real clients of the metrics APIs.
 */
let world: ControllerWorld;

beforeEach(async () => {
  world = new ControllerWorld();
  await world.begin();
});

afterEach(() => world.end());

/** Down after 15 s already, so that a wrong wish shows. */
const HASTY: Partial<HpaSpec> = {
  behavior: { scaleDown: { stabilizationWindowSeconds: 0 }, scaleUp: { stabilizationWindowSeconds: 0 } },
};

function external(name: string): MetricSpec {
  return { type: 'External', external: { metric: { name }, target: { type: 'AverageValue', averageValue: '10' } } };
}

const json = (text: string, status = 200): Response =>
  new Response(text, { status, headers: { 'content-type': 'application/json' } });

/** An external metric's answer with `value` written as it stands. */
const valueText = (value: string): string =>
  `{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},` +
  `"items":[{"metricName":"queue","metricLabels":{},"timestamp":"2026-01-01T00:00:00Z","value":${value}}]}`;

const UNREADABLE = 'ScalingActive/False/FailedGetExternalMetric';
const READ = 'ScalingActive/True/ValidMetricFound';
/** Long enough for several syncs, and real time for their deadlines. */
const SECONDS = 61;
const IO_MS = 20_000;

/** Four pods and a target of 10 each: where they are after a minute of that answer. */
async function expectAfter(body: string, condition: string, count: number, flags: ControllerFlags = {}): Promise<void> {
  world.metricsApi = () => json(body);
  await world.controller(flags);
  await world.deploy('web', 4, 0);
  await world.hpa('web', 'web', { ...HASTY, metrics: [external('queue')] });
  await world.runTo(SECONDS, IO_MS);
  expect([await world.specReplicas('web'), await world.conditions('web')]).toEqual([
    count,
    expect.arrayContaining([condition]),
  ]);
}

describe('zero / NaN / negative / Inf / 1e308 / wrong unit', () => {
  // Four pods carry 40; the target is 10 each.
  const rows: readonly [why: string, body: string, condition: string, count: number][] = [
    ['NaN is no quantity', valueText('"NaN"'), UNREADABLE, 4],
    ['infinity is no quantity', valueText('"+Inf"'), UNREADABLE, 4],
    ['a JSON number beyond every double', valueText('1e400'), UNREADABLE, 4],
    ['no text at all', valueText('""'), UNREADABLE, 4],
    ['words', valueText('"many"'), UNREADABLE, 4],
    ['a unit that is none', valueText('"40rps"'), UNREADABLE, 4],
    ['a suffix in the wrong case', valueText('"40KI"'), UNREADABLE, 4],
    ['an object', valueText('{"amount":40}'), UNREADABLE, 4],
    ['true', valueText('true'), UNREADABLE, 4],
    ['no values: missing, and not zero', '{"kind":"ExternalMetricValueList","items":[]}', UNREADABLE, 4],
    ['null for the values', '{"kind":"ExternalMetricValueList","items":null}', UNREADABLE, 4],
    ['no list', '{"kind":"ExternalMetricValueList","items":{"value":"0"}}', UNREADABLE, 4],
    ['an answer that is null', 'null', UNREADABLE, 4],
    ['a page of HTML', '<html>502</html>', UNREADABLE, 4],
    ['JSON that is cut off', valueText('"0"').slice(0, -20), UNREADABLE, 4],
    ['a timestamp that is none', valueText('"0"').replace('2026-01-01T00:00:00Z', 'now'), UNREADABLE, 4],
    ['a true zero is a value', valueText('"0"'), READ, 1],
    ['half the unit', valueText('"20000m"'), READ, 2],
    // Upstream's own rules, kept: both are finite quantities to it.
    ['a negative value is taken for an overflow, as upstream', valueText('"-5"'), READ, 10],
    ['in milli units 1e308 is beyond 64 bits and reads as nothing, as upstream', valueText('"1e308"'), READ, 1],
  ];
  test.each(rows)('%s', (_why, body, condition, count) => expectAfter(body, condition, count));
});

describe('the same with --sample-values=plausible', () => {
  const rows: readonly [why: string, body: string, condition: string, count: number][] = [
    ['a negative value fails its metric', valueText('"-5"'), UNREADABLE, 4],
    ['so does one beyond 64 bits', valueText('"1e308"'), UNREADABLE, 4],
    ['the largest that fits counts', valueText('"9223372036854775807m"'), READ, 10],
    ['zero counts', valueText('"0"'), READ, 1],
  ];
  test.each(rows)('%s', (_why, body, condition, count) =>
    expectAfter(body, condition, count, { 'sample-values': 'plausible' }),
  );
});

describe('all metrics fail', () => {
  const ways: readonly [why: string, answer: () => Response | Promise<Response>][] = [
    ['an error of the backend', () => json('{"kind":"Status","status":"Failure","message":"boom","code":500}', 500)],
    [
      'a refusal',
      () => json('{"kind":"Status","status":"Failure","message":"no","reason":"Forbidden","code":403}', 403),
    ],
    ['no such metric', () => json('{"kind":"Status","status":"Failure","reason":"NotFound","code":404}', 404)],
    ['a broken connection', () => Promise.reject(new Error('read ECONNRESET'))],
    ['silence', () => new Promise<never>(() => {})],
  ];
  test.each(ways)('%s: no change, and the condition says so', async (_why, answer) => {
    world.metricsApi = answer;
    await world.controller();
    await world.deploy('web', 4, 0);
    await world.hpa('web', 'web', { ...HASTY, metrics: [external('a'), external('b')] });
    await world.runTo(SECONDS, IO_MS);
    expect([await world.specReplicas('web'), await world.conditions('web')]).toEqual([
      4,
      expect.arrayContaining([UNREADABLE]),
    ]);
  });
});

describe('some metrics fail', () => {
  const rows: readonly [why: string, value: string, count: number][] = [
    ['the other one asks for more: up is allowed', '"65"', 7],
    ['the other one asks for less: down is refused', '"5"', 4],
    ['the other one asks for nothing at all: down is refused', '"0"', 4],
  ];
  test.each(['first', 'last'])('the %s of two', async (place) => {
    for (const [why, value, count] of rows) {
      const name = `web-${count}-${value.replaceAll('"', '')}`;
      const good = `good-${name}`;
      const read = world.metricsApi;
      world.metricsApi = async (path, signal) => {
        if (path.endsWith(`/${good}`)) return json(valueText(value));
        return read === undefined ? json('{}', 503) : read(path, signal);
      };
      const metrics = place === 'first' ? [external('bad'), external(good)] : [external(good), external('bad')];
      await world.deploy(name, 4, 0);
      await world.hpa(name, name, { ...HASTY, metrics });
      expect(why).not.toBe('');
    }
    await world.controller();
    await world.runTo(SECONDS, IO_MS);
    const counts = await Promise.all(
      rows.map(([, value, count]) => world.specReplicas(`web-${count}-${value.replaceAll('"', '')}`)),
    );
    expect(counts).toEqual(rows.map(([, , count]) => count));
  });
});

/** The usage of the pods whose index passes, each with this much cpu. */
function podMetricsText(milli: number, isThere: (index: number) => boolean, atMs: number): string {
  const items = world
    .usage()
    .filter((_, index) => isThere(index))
    .map(({ namespace, name, labels }) => ({
      metadata: { namespace, name, labels },
      timestamp: formatRfc3339(atMs),
      window: '15s',
      containers: [{ name: 'app', usage: { cpu: `${milli}m` } }],
    }));
  return JSON.stringify({ kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items });
}

describe('partial pods missing', () => {
  // Four pods request 200m each, the target is 50 %: 100m a pod is just right.
  const rows: readonly [why: string, milli: number, thereCount: number, count: number][] = [
    ['nobody is missing', 200, 4, 8],
    ['up: those that are missing use nothing', 200, 3, 6],
    ['up: with half of them missing nothing is left of it', 200, 2, 4],
    ['up never turns into down', 150, 1, 4],
    ['down, nobody is missing', 25, 4, 1],
    ['down: those that are missing use all that they request', 25, 3, 3],
    ['down never turns into up', 25, 1, 4],
  ];
  test.each(rows)('%s', async (_why, milli, thereCount, count) => {
    world.metricsApi = () => json(podMetricsText(milli, (index) => index < thereCount, world.clock.nowMs()));
    await world.controller();
    await world.deploy('web', 4, 1);
    await world.hpa('web', 'web', HASTY);
    await world.runTo(1);
    expect(await world.specReplicas('web')).toBe(count);
  });
});

test('stale samples: used as fresh, as upstream does', async () => {
  const frozenAtMs = world.clock.nowMs() - 3_600_000;
  world.metricsApi = () => json(podMetricsText(200, () => true, frozenAtMs));
  await world.controller();
  await world.deploy('web', 4, 1);
  await world.hpa('web', 'web', HASTY);
  await world.runTo(1);
  expect(await world.specReplicas('web')).toBe(8);
});

test('metrics API hangs: a deadline for those that need it, and the others are unaffected', async () => {
  world.metricsApi = (path) =>
    path.endsWith('/hung') ? new Promise<never>(() => {}) : json(valueText(path.endsWith('/busy') ? '"80"' : '"40"'));
  const controller = await world.controller({ 'concurrent-horizontal-pod-autoscaler-syncs': '1' });
  const names = ['hung-1', 'hung-2', 'hung-3', 'busy', 'quiet'];
  for (const name of names) {
    await world.deploy(name, 4, 0);
    await world.hpa(name, name, { metrics: [external(name.split('-')[0] ?? '')] });
  }
  await world.runTo(46, IO_MS);
  const syncs = await controller.feed.list({});
  const countOf = (name: string): number => syncs.filter(({ hpa }) => hpa.name === name).length;
  expect(await Promise.all(names.map((name) => world.specReplicas(name)))).toEqual([4, 4, 4, 8, 4]);
  expect(names.map(countOf).every((count) => count >= 4)).toBe(true);
  expect(await world.conditions('hung-1')).toContain(UNREADABLE);
  expect(controller.standing()).toMatchObject({ inFlightCount: 0, quarantinedCount: 0 });
});
