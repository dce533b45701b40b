import fc from 'fast-check';
import { test } from 'vitest';
import { jsonText } from '../../base/go-text.ts';
import { ZERO_TIME_MS } from '../source/wire.ts';
import { NODE_METRICS, POD_METRICS } from './metrics-object.ts';

const NOW_TEXT = '2026-01-01T00:00:15Z';

/** Mostly as clusters have them; some with what JSON and Go escape. */
const name = fc.oneof(fc.stringMatching(/^[a-z0-9.-]{0,12}$/), fc.string({ unit: 'grapheme', maxLength: 6 }));
const labels = fc.dictionary(name, name, { maxKeys: 3, noNullPrototype: true });
const sample = {
  atMs: fc.oneof(fc.constant(ZERO_TIME_MS), fc.integer({ min: 0, max: 4e12 })),
  windowMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.double({ min: 0, max: 60_000, noNaN: true })),
};
const usage = fc.oneof(
  fc.record({ cpu: fc.constantFrom('0', '1500n', '250m'), memory: fc.constantFrom('0', '12240Ki', '1Gi') }),
  fc.dictionary(name, name, { maxKeys: 2, noNullPrototype: true }),
);

const pod = fc.record({
  namespace: name,
  name,
  labels,
  ...sample,
  containers: fc.array(fc.record({ name, usage }), { maxLength: 3 }),
});
const node = fc.record({ name, labels, ...sample, usage });

test('texts of pods and nodes are what the objects come to', () => {
  fc.assert(
    fc.property(fc.array(pod, { maxLength: 5 }), fc.array(node, { maxLength: 5 }), (pods, nodes) => {
      const podTexts = [...POD_METRICS.toTexts(pods, NOW_TEXT)];
      const nodeTexts = [...NODE_METRICS.toTexts(nodes, NOW_TEXT)];
      return (
        podTexts.every((text, index) => text === jsonText(POD_METRICS.toObject(pods[index] as never, NOW_TEXT))) &&
        nodeTexts.every((text, index) => text === jsonText(NODE_METRICS.toObject(nodes[index] as never, NOW_TEXT))) &&
        podTexts.length === pods.length &&
        nodeTexts.length === nodes.length
      );
    }),
    { numRuns: 500 },
  );
});
