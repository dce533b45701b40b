import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRequestTarget } from '../../platform/access/request-attributes.ts';
import type { CustomMetricsQuery, ExternalMetricsQuery } from '../source/port.ts';
import { createMetricsApis } from './metrics-apis.ts';

const asked: (CustomMetricsQuery | ExternalMetricsQuery)[] = [];
const getValues = async (query: CustomMetricsQuery | ExternalMetricsQuery): Promise<readonly never[]> => {
  asked.push(query);
  return [];
};
const listMetrics = async (): Promise<readonly never[]> => [];
const apis = createMetricsApis(
  { custom: { listMetrics, getValues }, external: { listMetrics, getValues } },
  { nowMs: () => 0 },
);

const segment = fc.oneof(
  fc.constantFrom(
    'namespaces',
    'metrics',
    'watch',
    'proxy',
    'status',
    'finalize',
    'pods',
    '*',
    '%2A',
    'a.b',
    'pods.',
    'é',
  ),
  fc.string({
    minLength: 1,
    maxLength: 4,
    unit: fc.constantFrom('a', 'B', '1', '.', '-', ':', '%20', '%C3%A9', '+', ';'),
  }),
);
const path = fc
  .tuple(
    fc.constantFrom(
      'custom.metrics.k8s.io/v1beta1',
      'custom.metrics.k8s.io/v1beta2',
      'external.metrics.k8s.io/v1beta1',
    ),
    fc.array(segment, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('', '/', '?fieldSelector=metadata.name%3Dp', '?watch=true', '?labelSelector=a'),
  )
  .map(([version, segments, end]) => `/apis/${version}/${segments.join('/')}${end}`);

/** What authorization asks about a question to a source. */
function readingOf(query: CustomMetricsQuery | ExternalMetricsQuery, isNamespaceItself: boolean) {
  if (!('resource' in query)) return { namespace: query.namespace, resource: query.metric };
  const { namespace, resource, name, metric } = query;
  if (isNamespaceItself) return { namespace: name, resource: 'metrics', name: metric };
  return { namespace: namespace ?? '', resource, name, subresource: metric };
}

test('whatever is asked of a source is what was authorized', async () => {
  await fc.assert(
    fc.asyncProperty(path, async (target) => {
      const reading = readRequestTarget('GET', target);
      if (reading.kind === 'ambiguous') return;
      asked.length = 0;
      await apis.handle(new Request(`http://x${target}`));
      const [query] = asked;
      if (query === undefined) return;
      const { attributes } = reading;
      expect(attributes.kind).toBe('resource');
      if (attributes.kind !== 'resource') return;
      const isNamespaceItself = attributes.namespace !== '' && attributes.resource === 'metrics';
      // `pods.` is the same as `pods` for whoever answers; it is authorized as it was written.
      const resource = attributes.group.startsWith('custom')
        ? attributes.resource.replace(/^([^.]*)\.$/, '$1')
        : attributes.resource;
      expect({ ...attributes, resource }).toMatchObject(readingOf(query, isNamespaceItself));
    }),
    { numRuns: 500 },
  );
});
