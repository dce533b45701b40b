import { expect, test } from 'vitest';
import { readProtobuf } from '../../../test/fixtures/metrics-protobuf.ts';
import { ZERO_TIME_MS } from '../source/wire.ts';
import { POD_METRICS } from './metrics-object.ts';
import { encoded, protobufBody } from './protobuf.ts';

const NOW_MS = Date.parse('2026-01-01T00:00:15Z');

test('a pod of which no container has a rate has no instant: null in JSON, nothing in protobuf', () => {
  const pod = { namespace: 'shop', name: 'web-1', labels: {}, atMs: ZERO_TIME_MS, windowMs: 0, containers: [] };
  expect(POD_METRICS.toObject(pod, '2026-01-01T00:00:15Z')).toEqual({
    metadata: { name: 'web-1', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:15Z' },
    timestamp: null,
    window: '0s',
    containers: [],
  });
  const served = { ...pod, atMs: NOW_MS };
  const encode = (of: typeof pod): Uint8Array => encoded((message) => POD_METRICS.write(message, of, NOW_MS));
  const bytesCount = (of: typeof pod): number => encode(of).byteLength;
  // The field is there, and nothing in it: Go's reader takes that for the zero time.
  expect(Buffer.from(encode(pod)).includes(Buffer.from([0x12, 0x00]))).toBe(true);
  expect(bytesCount(served) - bytesCount(pod)).toBe(8);
  expect(readProtobuf(protobufBody('metrics.k8s.io/v1', 'PodMetrics', encode(served)))).toMatchObject({
    metadata: { name: 'web-1' },
  });
});
