import { expect, it } from 'vitest';
import { hpaCells, targetsText } from './table.ts';
import type { HorizontalPodAutoscaler, MetricSpec } from './types.ts';

const CPU: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
};
const MEMORY: MetricSpec = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '100Mi' } },
};

function hpa(metrics: readonly MetricSpec[], status?: HorizontalPodAutoscaler['status']): HorizontalPodAutoscaler {
  return {
    metadata: { name: 'web', creationTimestamp: '2024-05-01T10:00:00Z' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 10, metrics },
    ...(status && { status }),
  };
}

it('fills a row', () => {
  const status: HorizontalPodAutoscaler['status'] = {
    currentReplicas: 2,
    desiredReplicas: 2,
    currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 46 } } }],
  };
  const nowMs = Date.UTC(2024, 4, 1, 10, 11);
  expect(hpaCells(hpa([CPU], status), nowMs)).toEqual(['web', 'Deployment/web', 'cpu: 46%/50%', '1', 10, 2, '11m']);
});

it('says what is not known', () => {
  const { metadata, spec } = hpa([]);
  const { minReplicas: _, ...unbounded } = spec;
  expect(hpaCells({ metadata: { name: metadata.name }, spec: unbounded }, 0)).toEqual([
    ...['web', 'Deployment/web', '<none>', '<unset>', 10, 0, '<unknown>'],
  ]);
});

it('names no resource where the server is older than 1.30', () => {
  const status: HorizontalPodAutoscaler['status'] = {
    desiredReplicas: 1,
    currentMetrics: [
      { type: 'Resource', resource: { name: 'memory', current: { averageUtilization: 27 } } },
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 1 } } },
    ],
  };
  const percent = (name: string): MetricSpec => ({
    type: 'Resource',
    resource: { name, target: { type: 'Utilization', averageUtilization: 80 } },
  });
  const look = { isResourceNamed: false };
  expect(targetsText(hpa([percent('memory'), percent('cpu')], status), look)).toBe('27%/80%, 1%/80%');
  expect(targetsText(hpa([MEMORY]), look)).toBe('<unknown>/100Mi');
});

it.each([
  [[CPU], 'cpu: <unknown>/50%', 'no status yet'],
  [[CPU, MEMORY], 'cpu: <unknown>/50%, memory: <unknown>/100Mi', 'two metrics'],
  [[CPU, MEMORY, CPU, CPU], 'cpu: <unknown>/50%, memory: <unknown>/100Mi + 2 more...', 'two at most are shown'],
  [[{ type: 'New' }], '<unknown type>', 'a type of a later version'],
])('targets of %j are %s: %s', (metrics, text) => {
  expect(targetsText(hpa(metrics))).toBe(text);
});
