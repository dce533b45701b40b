import { describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { expositionText } from '../../world/node/kubelet/exposition.ts';
import { readExposition } from './exposition-reader.ts';

const sample = (labels: Readonly<Record<string, string>>, value: number, atMs?: number) => ({ labels, value, atMs });

describe('readExposition', () => {
  test.each([
    { why: 'a bare number', text: 'up 1', samples: [sample({ __name__: 'up' }, 1)] },
    { why: 'an instant', text: 'up 1 1700000000123', samples: [sample({ __name__: 'up' }, 1, 1_700_000_000_123)] },
    { why: 'no labels in braces', text: 'up{} 1', samples: [sample({ __name__: 'up' }, 1)] },
    {
      why: 'labels, blanks wherever they may be, and a comma behind the last',
      text: ' a:b_c { x = "1" ,\ty="2", }\t-1.5e3  -7 ',
      samples: [sample({ __name__: 'a:b_c', x: '1', y: '2' }, -1500, -7)],
    },
    {
      why: 'escapes, and what looks like an end',
      text: 'a{x="\\\\ \\" \\n \\t }, 1"} 2',
      samples: [sample({ __name__: 'a', x: '\\ " \n \\t }, 1' }, 2)],
    },
    {
      why: 'numbers that are none, or without end',
      text: 'a NaN\nb +Inf\nc -Inf',
      samples: [
        sample({ __name__: 'a' }, Number.NaN),
        sample({ __name__: 'b' }, Number.POSITIVE_INFINITY),
        sample({ __name__: 'c' }, Number.NEGATIVE_INFINITY),
      ],
    },
    {
      why: 'empty lines, line ends of Windows and comments',
      text: '\r\n# just so\n#\n\nup 1\r\n',
      samples: [sample({ __name__: 'up' }, 1)],
    },
    { why: 'nothing', text: '', samples: [] },
  ])('$why', ({ text, samples }) => {
    expect(readExposition(text).samples).toEqual(samples);
  });

  test('what is said of metrics', () => {
    const text = [
      '# HELP ops_total What was done,\\nall of it.',
      '# TYPE ops_total counter',
      '# TYPE depth gauge',
      '# TYPE old untyped',
      '# HELP bare',
    ].join('\n');
    expect(readExposition(text).metadata).toEqual(
      new Map([
        ['ops_total', { type: 'counter', help: 'What was done,\nall of it.', unit: '' }],
        ['depth', { type: 'gauge', help: '', unit: '' }],
        ['old', { type: 'unknown', help: '', unit: '' }],
        ['bare', { type: 'unknown', help: '', unit: '' }],
      ]),
    );
  });

  test('reads what kubelets of the lab write', () => {
    const labels = { pod: 'a"b\\c\nd', namespace: 'x' };
    const text = expositionText([
      { name: 'used', help: 'Usage.', type: 'gauge', series: [{ labels, value: 1.5e-9, atMs: 1_000 }] },
    ]);
    expect(readExposition(text)).toEqual({
      samples: [sample({ __name__: 'used', ...labels }, 1.5e-9, 1_000)],
      metadata: new Map([['used', { type: 'gauge', help: 'Usage.', unit: '' }]]),
    });
  });

  test.each([
    { why: 'a page for people', text: '<!DOCTYPE html>', rule: 'must begin with the name of a metric' },
    { why: 'no number', text: 'up', rule: 'must have a number' },
    { why: 'a word for a number', text: 'up yes', rule: 'must have a number' },
    { why: 'an instant that is none', text: 'up 1 noon', rule: 'must have milliseconds' },
    { why: 'more behind the instant', text: 'up 1 2 3', rule: 'must end behind the instant' },
    { why: 'no end of labels', text: 'up{a="1" 1', rule: 'must have a comma between labels' },
    { why: 'a label without a text', text: 'up{a=1} 1', rule: 'must have labels such as' },
    { why: 'a text without an end', text: 'up{a="1} 1', rule: 'must have labels such as' },
    { why: 'a label twice', text: 'up{a="1",a="2"} 1', rule: 'must not have the label a twice' },
  ])('refuses: $why', ({ text, rule }) => {
    const read = () => readExposition(`fine 1\n${text}`);
    expect(read).toThrow(Failure);
    expect(read).toThrow(rule);
    expect(read).toThrow(/^line 2 /);
  });
});
