import { expect, test } from 'vitest';
import { readProtobuf } from '../../../test/fixtures/metrics-protobuf.ts';
import type { LabelSelector } from '../../base/label-selector.ts';
import type { ExternalMetricValue, ObjectMetricValue } from '../source/port.ts';
import { ZERO_TIME_MS } from '../source/wire.ts';
import { CUSTOM_METRIC_VALUES, EXTERNAL_METRIC_VALUES, type ValueKind } from './metric-value.ts';
import { protobufListBody } from './protobuf.ts';

const AT_MS = 1_735_689_600_900;
const AT = { seconds: 1_735_689_600, nanos: 0 };

const VALUE: ObjectMetricValue = {
  describedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'cart' },
  metric: 'orders',
  atMs: AT_MS,
  windowMs: 60_000,
  value: '12500m',
};
const DESCRIBED = { kind: 'Pod', namespace: 'shop', name: 'cart', apiVersion: '/v1' };

const SELECTOR: LabelSelector = {
  matchLabels: { b: '2', a: '1' },
  matchExpressions: [
    { key: 'c', operator: 'In', values: ['', 'x'] },
    { key: 'd', operator: 'Exists' },
  ],
};

async function read<Value>(
  kind: ValueKind<Value> | undefined,
  value: Value,
  selector: LabelSelector | null = null,
): Promise<unknown> {
  if (kind === undefined) return undefined;
  const list = { apiVersion: kind.apiVersion, kind: kind.kind, items: [value] };
  const body = readProtobuf(
    await protobufListBody({ ...list, write: (message, item) => kind.write(message, item, selector) }),
  );
  return (body as { readonly items: readonly unknown[] }).items[0];
}

const { v1beta1, v1beta2 } = CUSTOM_METRIC_VALUES;
const EXTERNAL: ExternalMetricValue = { metric: 'é', labels: { q: 'mail' }, atMs: AT_MS, windowMs: null, value: '42' };

const rows: readonly [why: string, decoded: Promise<unknown>, expected: object][] = [
  [
    'v1beta1 with a window and a selector of every form; an empty value counts',
    read(v1beta1, VALUE, SELECTOR),
    {
      describedObject: DESCRIBED,
      metricName: 'orders',
      timestamp: AT,
      window: 60,
      value: { string: '12500m' },
      selector: SELECTOR,
    },
  ],
  [
    'v1beta2 with the same',
    read(v1beta2, VALUE, SELECTOR),
    {
      describedObject: DESCRIBED,
      metric: { name: 'orders', selector: SELECTOR },
      timestamp: AT,
      windowSeconds: 60,
      value: { string: '12500m' },
    },
  ],
  [
    'without a namespace, a window, a selector and an instant',
    read(v1beta2, {
      ...VALUE,
      describedObject: { apiVersion: 'apps/v1', kind: 'D', name: 'n' },
      windowMs: null,
      atMs: ZERO_TIME_MS,
    }),
    {
      describedObject: { kind: 'D', name: 'n', apiVersion: 'apps/v1' },
      metric: { name: 'orders' },
      value: { string: '12500m' },
    },
  ],
  [
    'an external one',
    read(EXTERNAL_METRIC_VALUES, EXTERNAL),
    { metricName: 'é', metricLabels: { q: 'mail' }, timestamp: AT, value: { string: '42' } },
  ],
  [
    'an external one of no series',
    read(EXTERNAL_METRIC_VALUES, { ...EXTERNAL, labels: null }),
    { metricName: 'é', timestamp: AT, value: { string: '42' } },
  ],
];
test.each(rows)('%s', async (_why, decoded, expected) => {
  expect(await decoded).toEqual(expected);
});
