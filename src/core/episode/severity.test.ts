import { expect, it } from 'vitest';
import type { Severity } from './notice.ts';
import { gravestOf, weightOf } from './severity.ts';

it.each<{ why: string; severities: readonly Severity[]; gravest: Severity }>([
  { why: 'the gravest, wherever it stands', severities: ['info', 'critical', 'warning'], gravest: 'critical' },
  { why: 'a warning is more than nothing', severities: ['info', 'warning'], gravest: 'warning' },
  { why: 'none at all', severities: [], gravest: 'info' },
])('$why', ({ severities, gravest }) => {
  expect(gravestOf(severities.map((severity) => ({ severity })))).toBe(gravest);
});

it('orders: critical before warning before info', () => {
  const severities: readonly Severity[] = ['warning', 'info', 'critical'];
  expect(severities.toSorted((left, right) => weightOf(right) - weightOf(left))).toEqual([
    'critical',
    'warning',
    'info',
  ]);
});
