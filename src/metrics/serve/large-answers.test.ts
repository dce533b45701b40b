import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readProtobuf } from '../../../test/fixtures/metrics-protobuf.ts';
import type { PodMetrics } from '../source/port.ts';
import { bodyAnswer } from './answer-body.ts';
import { createMetricsApis } from './metrics-apis.ts';

const AT_MS = Date.parse('2026-03-01T10:00:00Z');
const PODS_COUNT = 5_000;

const PODS: readonly PodMetrics[] = Array.from({ length: PODS_COUNT }, (_, index) => ({
  namespace: 'many',
  name: `replica-${String(index).padStart(5, '0')}`,
  labels: { app: 'many' },
  atMs: AT_MS,
  windowMs: 15_000,
  containers: [{ name: 'app', usage: { cpu: '1m', memory: '1Mi' } }],
}));

const APIS = createMetricsApis(
  { resource: { listPods: async () => PODS.toReversed(), listNodes: async () => [] } },
  { nowMs: () => AT_MS },
);

const list = (headers: Record<string, string>, query = '') =>
  APIS.handle(new Request(`http://x/apis/metrics.k8s.io/v1/namespaces/many/pods${query}`, { headers }));

interface ReadList {
  readonly kind: string;
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

const NAMES = PODS.map(({ name }) => name);
const namesOf = (read: unknown): readonly string[] => (read as ReadList).items.map(({ metadata }) => metadata.name);

describe('a list that is too large for one write', () => {
  const readers: readonly (readonly [why: string, accept: string, read: (bytes: Buffer) => unknown])[] = [
    ['in JSON', 'application/json', (bytes) => JSON.parse(bytes.toString())],
    ['indented', 'application/json;pretty=1', (bytes) => JSON.parse(bytes.toString())],
    ['in YAML', 'application/yaml', (bytes) => parseYaml(bytes.toString(), { maxAliasCount: 0 })],
  ];
  for (const [why, accept, read] of readers) {
    test(`${why}: whole and sorted, compressed for those who ask`, async () => {
      const plain = await list({ accept });
      expect([plain.headers.get('transfer-encoding'), plain.headers.get('content-encoding')]).toEqual([
        'chunked',
        null,
      ]);
      const bytes = Buffer.from(await plain.arrayBuffer());
      expect(namesOf(read(bytes))).toEqual(NAMES);
      const compressed = await list({ accept, 'accept-encoding': 'deflate, gzip' });
      expect([compressed.headers.get('content-encoding'), compressed.headers.get('vary')]).toEqual([
        'gzip',
        'Accept-Encoding',
      ]);
      const packed = Buffer.from(await compressed.arrayBuffer());
      expect(packed.byteLength).toBeLessThan(bytes.byteLength / 3);
      expect(gunzipSync(packed)).toEqual(bytes);
    });
  }

  test('in protobuf: whole and sorted, and as it is even for those who take it compressed, as upstream', async () => {
    for (const encodings of ['', 'gzip']) {
      const answer = await list({ accept: 'application/vnd.kubernetes.protobuf, */*', 'accept-encoding': encodings });
      const headers = ['content-type', 'content-encoding', 'vary'];
      expect(headers.map((name) => answer.headers.get(name))).toEqual([
        'application/vnd.kubernetes.protobuf',
        null,
        null,
      ]);
      expect(namesOf(readProtobuf(Buffer.from(await answer.arrayBuffer())))).toEqual(NAMES);
    }
  });

  test('indented as if it were written at once', async () => {
    const text = await (await list({ accept: 'application/json' }, '?pretty=true')).text();
    expect(text).toBe(JSON.stringify(JSON.parse(text), null, 2));
  });

  test('rows come the same way', async () => {
    const answer = await list({ accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(answer.headers.get('transfer-encoding')).toBe('chunked');
    const { rows } = (await answer.json()) as { readonly rows: readonly { readonly cells: readonly string[] }[] };
    expect(rows.map(({ cells }) => cells[0])).toEqual(NAMES);
  });
});

describe('a body', () => {
  function counted() {
    const made = { count: 0, isOver: false };
    function* pieces() {
      try {
        for (; made.count < 10_000; made.count += 1) yield 'x'.repeat(1024);
      } finally {
        made.isOver = true;
      }
    }
    return { made, pieces: pieces() };
  }

  test.each([{}, { 'accept-encoding': 'gzip' }])(
    'is made as its reader takes it, and no further when the reader goes: %o',
    async (headers) => {
      const { made, pieces } = counted();
      const request = new Request('http://x/', { headers });
      const answer = await bodyAnswer(request, { pieces, status: 200, headers: {} });
      // A beginning is made to learn whether it is a large one.
      expect(made.count).toBeLessThan(1_200);
      const reader = answer.body?.getReader();
      await reader?.read();
      expect(made.count).toBeLessThan(2_000);
      await reader?.cancel();
      expect([made.isOver, made.count < 2_000]).toEqual([true, true]);
    },
  );

  test('that is small has its length and is not compressed', async () => {
    const request = new Request('http://x/', { headers: { 'accept-encoding': 'gzip' } });
    const answer = await bodyAnswer(request, { pieces: ['a', Buffer.from('b')], status: 203, headers: { 'x-y': 'z' } });
    expect([answer.status, answer.headers.get('content-encoding'), answer.headers.get('x-y')]).toEqual([
      203,
      null,
      'z',
    ]);
    expect(await answer.text()).toBe('ab');
  });

  test('of middling size goes out at once, and as a stream to those who take it compressed', async () => {
    const pieces = Array.from({ length: 300 }, () => 'x'.repeat(1024));
    const asked = (headers: Record<string, string>) =>
      bodyAnswer(new Request('http://x/', { headers }), { pieces, status: 200, headers: {} });
    const [plain, compressed] = [await asked({}), await asked({ 'accept-encoding': 'gzip' })];
    expect([plain, compressed].map((answer) => answer.headers.get('transfer-encoding'))).toEqual([null, 'chunked']);
    expect(await plain.text()).toBe(pieces.join(''));
  });

  test('that breaks breaks for its reader too', async () => {
    function* pieces() {
      for (let count = 0; count < 1_200; count += 1) yield 'x'.repeat(1024);
      throw new Error('the source has gone');
    }
    const answer = await bodyAnswer(new Request('http://x/'), { pieces: pieces(), status: 200, headers: {} });
    await expect(answer.text()).rejects.toThrow('the source has gone');
  });
});
