import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { readProtobuf } from '../../../test/fixtures/metrics-protobuf.ts';
import type { NodeMetrics, PodMetrics } from '../source/port.ts';
import {
  encoded,
  encodeStatus,
  protobufBody,
  protobufListBody,
  writeNodeMetrics,
  writePartialMetadata,
  writePodMetrics,
} from './protobuf.ts';

const AT_MS = 1_735_689_600_000;
const AT = { seconds: AT_MS / 1000, nanos: 0 };
const WINDOW = { duration: 15_000_000_000 };
const VERSION = 'metrics.k8s.io/v1beta1';

const NODE: NodeMetrics = {
  name: 'n1',
  labels: { zone: 'a' },
  atMs: AT_MS,
  windowMs: 15_000,
  usage: { cpu: '250m', memory: '1Gi' },
};

const POD: PodMetrics = {
  namespace: 'd',
  name: 'p1',
  nodeName: 'n1',
  labels: {},
  atMs: AT_MS,
  windowMs: 15_000,
  containers: [{ name: 'c', usage: { cpu: '1500n', memory: '12240Ki' } }],
};

async function readPods(items: readonly PodMetrics[]): Promise<unknown> {
  const list = { apiVersion: VERSION, kind: 'PodMetricsList', items };
  return readProtobuf(
    await protobufListBody({ ...list, write: (message, pod) => writePodMetrics(message, pod, AT_MS) }),
  );
}

async function readNodes(items: readonly NodeMetrics[]): Promise<unknown> {
  const list = { apiVersion: VERSION, kind: 'NodeMetricsList', items };
  return readProtobuf(
    await protobufListBody({ ...list, write: (message, node) => writeNodeMetrics(message, node, AT_MS) }),
  );
}

const POD_MESSAGE = encoded((message) => writePodMetrics(message, POD, AT_MS));
const METADATA_MESSAGE = encoded((message) => writePartialMetadata(message, POD, AT_MS));
const LONG_NAME = 'é'.repeat(100);
const LONG_MESSAGE = encoded((message) => writeNodeMetrics(message, { ...NODE, name: LONG_NAME }, AT_MS));

const NODE_OBJECT = {
  metadata: { name: 'n1', creationTimestamp: AT, labels: { zone: 'a' } },
  timestamp: AT,
  window: WINDOW,
  usage: { cpu: { string: '250m' }, memory: { string: '1Gi' } },
};
const POD_METADATA = { name: 'p1', namespace: 'd', creationTimestamp: AT };
const POD_OBJECT = {
  metadata: POD_METADATA,
  timestamp: AT,
  window: WINDOW,
  containers: [{ name: 'c', usage: { cpu: { string: '1500n' }, memory: { string: '12240Ki' } } }],
};

/** Bodies that kubectl 1.27 and 1.33 have decoded: they say that the reader of these tests is right. */
const DECODED_BY_KUBECTL = {
  nodes:
    '6b3873000a290a166d6574726963732e6b38732e696f2f76316265746131120f4e6f64654d6574726963734c697374123c0a0012380a040a026e31120808808bd2bb0610001a060880acc7f037220d0a0363707512060a043235306d220f0a066d656d6f727912050a033147691a002200',
  pods: '6b3873000a280a166d6574726963732e6b38732e696f2f76316265746131120e506f644d6574726963734c69737412490a0012450a070a0270311a0164120808808bd2bb0610001a060880acc7f03722280a0163120e0a0363707512070a05313530306e12130a066d656d6f727912090a0731323234304b691a002200',
} as const;

describe('protobuf', async () => {
  const { creationTimestamp: _created, ...bareMetadata } = POD_METADATA;
  const rows: readonly (readonly [why: string, body: unknown, expected: object])[] = [
    [
      'nodes that kubectl has decoded',
      readProtobuf(Buffer.from(DECODED_BY_KUBECTL.nodes, 'hex')),
      { kind: 'NodeMetricsList', apiVersion: VERSION, items: [{ ...NODE_OBJECT, metadata: { name: 'n1' } }] },
    ],
    [
      'pods that kubectl has decoded',
      readProtobuf(Buffer.from(DECODED_BY_KUBECTL.pods, 'hex')),
      { kind: 'PodMetricsList', apiVersion: VERSION, items: [{ ...POD_OBJECT, metadata: bareMetadata }] },
    ],
    ['nodes', await readNodes([NODE]), { kind: 'NodeMetricsList', apiVersion: VERSION, items: [NODE_OBJECT] }],
    [
      'pods, two of them',
      await readPods([POD, POD]),
      { kind: 'PodMetricsList', apiVersion: VERSION, items: [POD_OBJECT, POD_OBJECT] },
    ],
    ['an empty list', await readPods([]), { kind: 'PodMetricsList', apiVersion: VERSION }],
    [
      'one pod',
      readProtobuf(protobufBody(VERSION, 'PodMetrics', POD_MESSAGE)),
      { kind: 'PodMetrics', apiVersion: VERSION, ...POD_OBJECT },
    ],
    [
      'metadata alone',
      readProtobuf(protobufBody('meta.k8s.io/v1', 'PartialObjectMetadata', METADATA_MESSAGE)),
      { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: POD_METADATA },
    ],
    [
      'a length beyond one byte and a field beyond ASCII',
      readProtobuf(protobufBody(VERSION, 'NodeMetrics', LONG_MESSAGE)),
      {
        kind: 'NodeMetrics',
        apiVersion: VERSION,
        ...NODE_OBJECT,
        metadata: { ...NODE_OBJECT.metadata, name: LONG_NAME },
      },
    ],
    [
      'a failure with its causes',
      readProtobuf(
        protobufBody(
          'v1',
          'Status',
          encodeStatus({
            kind: 'Status',
            apiVersion: 'v1',
            metadata: {},
            status: 'Failure',
            message: 'no',
            reason: 'NotFound',
            details: { name: 'd/p1', kind: 'podmetrics', causes: [{ reason: 'ScrapeFailed', message: 'refused' }] },
            code: 404,
          }),
        ),
      ),
      {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        message: 'no',
        reason: 'NotFound',
        details: { name: 'd/p1', kind: 'podmetrics', causes: [{ reason: 'ScrapeFailed', message: 'refused' }] },
        code: 404,
      },
    ],
  ];
  test.each(rows)('%s', (_why, body, expected) => {
    expect(body).toEqual(expected);
  });
});
