import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountText, decimalText } from './amount.ts';
import { languageOf } from './language.ts';
import { metricLabel, metricUnit, toleranceBand } from './metric-label.ts';

const percentText = (digits: string): string => `${digits}%`;

describe('amounts', () => {
  const rows = [
    { why: 'a utilization', value: 305, unit: 'percent', text: '305%' },
    { why: 'a float that is not quite whole', value: 55.00000000000001, unit: 'percent', text: '55%' },
    { why: 'less than a core', value: 152, unit: 'cores', text: '152m' },
    { why: 'more than a core', value: 1250, unit: 'cores', text: '1.25' },
    { why: 'bytes below a step', value: 512_000, unit: 'bytes', text: '512' },
    { why: 'memory', value: 524_288_000_000, unit: 'bytes', text: '500Mi' },
    { why: 'memory beyond safe integers', value: '9223372036854775807', unit: 'bytes', text: '8388.6Ti' },
    { why: 'requests a second', value: 66, unit: 'plain', text: '0.066' },
    { why: 'messages', value: 95_000, unit: 'plain', text: '95' },
    { why: 'an average over no replicas', value: '-9223372036854775808', unit: 'plain', text: '–' },
    { why: 'negative zero', value: -0, unit: 'plain', text: '0' },
  ] as const;
  for (const { why, value, unit, text } of rows)
    test(why, () => expect(amountText(value, unit, percentText)).toBe(text));

  test('read back as what was rounded', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.integer({ min: 0, max: 6 }), (value, digits) => {
        expect(Math.abs(Number(decimalText(value, digits)) - value)).toBeLessThanOrEqual(0.5 * 10 ** -digits * 1.01);
      }),
    );
  });

  test('show what is not a number as a dash', () => {
    expect([decimalText(Number.NaN, 1), decimalText(Number.POSITIVE_INFINITY, 1)]).toEqual(['–', '∞']);
  });
});

describe('labels and units', () => {
  const rows = [
    {
      name: 'cpu resource utilization (percentage of request)',
      sourceType: 'Resource',
      targetKind: 'utilization',
      label: 'cpu',
      unit: 'percent',
    },
    {
      name: 'memory container resource utilization (percentage of request)',
      sourceType: 'ContainerResource',
      targetKind: 'utilization',
      label: 'memory',
      unit: 'percent',
    },
    { name: 'memory resource', sourceType: 'Resource', targetKind: 'averageValue', label: 'memory', unit: 'bytes' },
    { name: 'cpu resource', sourceType: 'Resource', targetKind: 'averageValue', label: 'cpu', unit: 'cores' },
    {
      name: 'pods metric http_requests',
      sourceType: 'Pods',
      targetKind: 'averageValue',
      label: 'http_requests',
      unit: 'plain',
    },
    {
      name: 'Ingress metric requests-per-second',
      sourceType: 'Object',
      targetKind: 'value',
      label: 'requests-per-second',
      unit: 'plain',
    },
    { name: 'external metric queue(nil)', sourceType: 'External', targetKind: 'value', label: 'queue', unit: 'plain' },
    {
      name: 'external metric queue(&LabelSelector{MatchLabels:map[string]string{q: a,},})',
      sourceType: 'External',
      targetKind: 'value',
      label: 'queue',
      unit: 'plain',
    },
    { name: 'something new', sourceType: 'Planet', targetKind: 'value', label: 'something new', unit: 'plain' },
  ] as const;
  for (const { label, unit, ...metric } of rows) {
    test(metric.name, () => expect([metricLabel(metric), metricUnit(metric)]).toEqual([label, unit]));
  }
});

test('the band lies around the target', () => {
  expect(toleranceBand('1000', { down: 0.25, up: 0.5 })).toEqual({ low: 750, high: 1500 });
});

test('the language of a reader', () => {
  const tags = ['zh-CN', 'zh_CN.UTF-8', 'zh', 'ZH-Hans', 'en-US', 'C', '', undefined, 'zhx'];
  expect(tags.map(languageOf)).toEqual(['zh-CN', 'zh-CN', 'zh-CN', 'zh-CN', 'en', 'en', 'en', 'en', 'en']);
});
