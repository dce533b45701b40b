import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resourceAnswer } from '../../../test/kubelet/resource-answer.ts';
import { Interner } from '../../base/interner.ts';
import { EMPTY_LAYOUT } from './container-layout.ts';
import { readResourceText } from './resource-text.ts';
import { type NodeSample, SAMPLE } from './sample-builder.ts';
import { ScrapeFailure } from './scrape-failure.ts';

/** A clock may have fractions of a millisecond; samples have none. */
const REQUESTED_AT_MS = 5_000.75;

function read(text: string | Uint8Array, layout = EMPTY_LAYOUT): NodeSample {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return readResourceText(bytes, {
    nodeName: 'n1',
    requestedAtMs: REQUESTED_AT_MS,
    layout,
    names: new Interner<string>(),
  });
}

/** `namespace/pod/container at cpu memory start`, `-` for what the text does not say. */
function shown(sample: NodeSample): readonly string[] {
  const numbers = (points: Float64Array, row: number): string =>
    Array.from(points.subarray(row * SAMPLE.WIDTH, (row + 1) * SAMPLE.WIDTH), (number) =>
      Number.isNaN(number) ? '-' : String(number),
    ).join(' ');
  const lines = Array.from({ length: sample.layout.rowCount }, (_, row) => {
    const { namespace, pod, container } = sample.layout.name(row);
    return `${namespace}/${pod}/${container} ${numbers(sample.points, row)}`;
  });
  return sample.node.every(Number.isNaN) ? lines : [...lines, `node ${numbers(sample.node, 0)}`];
}

const WEB = '{container="app",namespace="shop",pod="web-0"}';

describe('readResourceText', () => {
  test.each([
    {
      why: 'a kubelet’s answer, exponents and all; the start sets no instant',
      text: [
        '# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds',
        '# TYPE container_cpu_usage_seconds_total counter',
        `container_cpu_usage_seconds_total${WEB} 41.730112 1767323045123`,
        `container_memory_working_set_bytes${WEB} 1.253376e+07 1767323045123`,
        `container_start_time_seconds${WEB} 1.7673214001234567e+09`,
        'node_cpu_usage_seconds_total 98123.456789012 1767323044987',
        'node_memory_working_set_bytes 1.8874368e+09 1767323044987',
        'pod_cpu_usage_seconds_total{namespace="shop",pod="web-0"} 42.101 1767323046001',
        'resource_scrape_error 0',
        '',
      ],
      shows: [
        'shop/web-0/app 1767323045123 41730112000 12533760 1767321400123456800',
        'node 1767323044987 98123456789012 1887436800 -',
      ],
    },
    {
      why: 'samples without a timestamp were taken when they were asked for',
      text: [`container_cpu_usage_seconds_total${WEB} 1`, 'node_cpu_usage_seconds_total 2'],
      shows: ['shop/web-0/app 5000 1000000000 - -', 'node 5000 2000000000 - -'],
    },
    {
      why: 'fractions of a nanosecond and of a byte are cut, not rounded',
      text: [`container_cpu_usage_seconds_total${WEB} 1.9999999999`, `container_memory_working_set_bytes${WEB} 7.9`],
      shows: ['shop/web-0/app 5000 1999999999 7 -'],
    },
    {
      why: 'the last sample of a series counts, and the later line’s instant',
      text: [
        `container_memory_working_set_bytes${WEB} 7 3000`,
        `container_cpu_usage_seconds_total${WEB} 1 1000`,
        `container_cpu_usage_seconds_total${WEB} 2 2000`,
      ],
      shows: ['shop/web-0/app 2000 2000000000 7 -'],
    },
    {
      why: 'labels in any order and spelling are the same container',
      text: [
        `container_cpu_usage_seconds_total${WEB} 1 1000`,
        'container_memory_working_set_bytes { pod = "web-0" , namespace="shop",container="app",  } 9 1000',
      ],
      shows: ['shop/web-0/app 1000 1000000000 9 -'],
    },
    {
      why: 'escapes, braces and commas inside a value are part of it',
      text: ['container_cpu_usage_seconds_total{container="a\\"},{\\\\\\n",namespace="é",pod="p"} 1 1'],
      shows: ['é/p/a"},{\\\n 1 1000000000 - -'],
    },
    {
      why: 'only whole names count',
      text: [
        `container_cpu_usage_seconds_total_more${WEB} 1 1`,
        `container_swap_usage_bytes${WEB} 1 1`,
        'node_cpu_usage_seconds_total 1 1',
      ],
      shows: ['node 1 1000000000 - -'],
    },
    {
      why: 'lines may end with CRLF, tabs may separate, and the last line needs no end',
      text: [`container_cpu_usage_seconds_total${WEB}\t1\t7 \r\n\r\n# comment\r\n  node_cpu_usage_seconds_total 2 8\r`],
      shows: ['shop/web-0/app 7 1000000000 - -', 'node 8 2000000000 - -'],
    },
    {
      why: 'what is no size is as good as absent: negative, NaN, infinite, beyond 64 bits',
      text: [
        `container_cpu_usage_seconds_total${WEB} NaN 1`,
        `container_memory_working_set_bytes${WEB} -5 1`,
        `container_start_time_seconds${WEB} +Inf`,
        'node_cpu_usage_seconds_total 1e12 1',
        'node_memory_working_set_bytes +Inf 1',
      ],
      shows: ['shop/web-0/app 1 0 0 -Infinity', 'node 1 0 0 -'],
    },
    {
      why: 'a sample that names no container of a pod is nobody’s',
      text: [
        'container_cpu_usage_seconds_total{container="",namespace="shop",pod="web-0"} 1 1',
        'container_cpu_usage_seconds_total 1 1',
        'node_cpu_usage_seconds_total 1 1',
      ],
      shows: ['node 1 1000000000 - -'],
    },
    {
      why: 'rows are sorted by namespace, pod and container',
      text: ['b/p/y', 'a/q/x', 'b/p/x', 'a/p/z'].map((key) => {
        const [namespace, pod, container] = key.split('/');
        return `container_cpu_usage_seconds_total{container="${container}",namespace="${namespace}",pod="${pod}"} 1 1`;
      }),
      shows: ['a/p/z', 'a/q/x', 'b/p/x', 'b/p/y'].map((key) => `${key} 1 1000000000 - -`),
    },
  ])('$why', ({ text, shows }) => {
    expect(shown(read(text.join('\n')))).toEqual(shows);
  });

  test.each([
    { text: 'node_cpu_usage_seconds_total', line: 1, rule: 'number', why: 'no value' },
    { text: 'a 1\n\n  2b 1', line: 3, rule: 'name of a metric', why: 'a name does not begin with a digit' },
    { text: '<html>', line: 1, rule: 'name of a metric', why: 'some other page' },
    { text: 'a one', line: 1, rule: 'number', why: 'a word is no value' },
    { text: 'a 1e999', line: 1, rule: 'number', why: 'beyond the doubles' },
    { text: 'a 1 -62135596800000', line: 1, rule: 'timestamp', why: 'old kubelets’ zero time, which upstream refuses' },
    { text: 'a 1 1.5', line: 1, rule: 'nothing follows', why: 'a timestamp is whole' },
    { text: 'a 1 9223372036855', line: 1, rule: '2262', why: 'more nanoseconds than 64 bits hold' },
    { text: 'a 1 2 3', line: 1, rule: 'nothing follows', why: 'too many numbers' },
    { text: 'a{b="c" 1', line: 1, rule: 'brace', why: 'no closing brace' },
    { text: 'a{b="c\n"} 1', line: 1, rule: 'brace', why: 'a value does not go over lines' },
    { text: 'a{b=c} 1', line: 1, rule: 'name="value"', why: 'no quotes' },
    { text: 'a{b="c"d="e"} 1', line: 1, rule: 'commas', why: 'no comma' },
    { text: 'a{="c"} 1', line: 1, rule: 'a label has a name', why: 'no label name' },
    { text: 'a\r1\n', line: 1, rule: 'number', why: 'a carriage return inside a line separates nothing' },
    { text: Buffer.from([0x61, 0x20, 0x31, 0x0a, 0x1f, 0x8b, 0x08]), line: 2, rule: 'name', why: 'compressed bytes' },
    {
      text: Buffer.concat([
        Buffer.from('container_cpu_usage_seconds_total{container="'),
        Buffer.from([0xff]),
        Buffer.from('",namespace="n",pod="p"} 1 1'),
      ]),
      line: 1,
      rule: 'UTF-8',
      why: 'a label that is no text',
    },
  ])('refuses, naming node, line and rule: $why', ({ text, line, rule }) => {
    const thrown = catchFailure(() => read(text));
    expect(thrown.problem).toMatchObject({ code: 'Garbage', line });
    expect(thrown.message).toMatch(new RegExp(`^node n1: .*line ${line}: .*${rule}`));
    expect(thrown.hint).toContain('proxy');
  });

  test.each([
    {
      text: 'resource_scrape_error 1\n',
      code: 'KubeletError',
      why: 'the kubelet answers 200 and says that it could not',
    },
    { text: 'scrape_error 1\n', code: 'KubeletError', why: 'the older name' },
    { text: '', code: 'Empty', why: 'nothing at all' },
    { text: 'resource_scrape_error 0\n', code: 'Empty', why: 'no usage' },
  ])('an answer that measures nothing is a failure: $why', ({ text, code }) => {
    expect(catchFailure(() => read(text)).problem.code).toBe(code);
  });

  test('the containers of the last answer are found again without new text, and those that are gone are forgotten', () => {
    const reading = (pod: string) => ({ pod, container: 'c', cpuSeconds: 1, memoryBytes: 2, atSeconds: 1 });
    const first = read(resourceAnswer([reading('a'), reading('b')]));
    const same = read(resourceAnswer([reading('b'), reading('a')]), first.layout);
    expect(same.layout).toBe(first.layout);
    const changed = read(resourceAnswer([reading('b'), reading('c')]), same.layout);
    expect(shown(changed)).toEqual(['shop/b/c 1000 1000000000 2 -', 'shop/c/c 1000 1000000000 2 -']);
    expect([...changed.layout.spellings()]).toHaveLength(2);
  });

  test('law: no bytes make it throw anything but that failure, and none upset the containers known before', () => {
    const known = read(resourceAnswer([{ pod: 'web', container: 'c', cpuSeconds: 1, memoryBytes: 2 }])).layout;
    const fragment = fc.constantFrom(
      'node_cpu_usage_seconds_total 1 1\n',
      'container_memory_working_set_bytes{container="c",namespace="shop",pod="q"} 7 1\n',
      '\n# HELP x y\n',
      'container_cpu_usage_seconds_total',
      'node_memory_working_set_bytes',
      '{container="c",namespace="shop",pod="web"}',
      '{pod="p",container="x\\"",namespace="n"}',
      ...[
        '{',
        '}',
        '"',
        '\\',
        ',',
        '=',
        ' ',
        '\t',
        '\n',
        '\r\n',
        '\r',
        '#',
        '1',
        '-0',
        '1e5',
        'NaN',
        '+Inf',
        '1767323045123',
      ],
    );
    const piece = fc.oneof(
      { weight: 6, arbitrary: fragment.map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }) },
    );
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const bytes = Buffer.concat(pieces);
        try {
          const sample = read(bytes, known);
          expect(sample.points).toHaveLength(sample.layout.rowCount * SAMPLE.WIDTH);
          outcomes.read += 1;
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ScrapeFailure);
          outcomes.refused += 1;
        }
        expect(known.name(0)).toEqual({ namespace: 'shop', pod: 'web', container: 'c' });
      }),
      { numRuns: 3000 },
    );
    expect(outcomes.read).toBeGreaterThan(10);
    expect(outcomes.refused).toBeGreaterThan(1000);
  });

  test('law: what was written is what is read, in whatever order and spelling', () => {
    const reading = fc.record({
      container: fc.string({ minLength: 1 }),
      namespace: fc.string({ minLength: 1 }),
      pod: fc.string({ minLength: 1 }),
      bytes: fc.nat(),
      order: fc.shuffledSubarray(['container', 'namespace', 'pod'] as const, { minLength: 3 }),
    });
    const readings = fc.uniqueArray(reading, {
      minLength: 1,
      maxLength: 8,
      selector: ({ container, namespace, pod }) => JSON.stringify([namespace, pod, container]),
    });
    const quoted = (text: string): string =>
      text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    fc.assert(
      fc.property(readings, (all) => {
        const text = all.map((one) => {
          const labels = one.order.map((label) => `${label}="${quoted(one[label])}"`);
          return `container_memory_working_set_bytes{${labels.join(',')}} ${one.bytes} 1`;
        });
        const { layout, points } = read(text.join('\n'));
        const found = all.map((one) => points[layout.rowOf(one) * SAMPLE.WIDTH + SAMPLE.MEMORY_BYTES]);
        expect(found).toEqual(all.map(({ bytes }) => bytes));
        expect(layout.rowCount).toBe(all.length);
      }),
    );
  });
});

function catchFailure(work: () => unknown): ScrapeFailure {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof ScrapeFailure) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}
