import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FlagSyntax, readFlagWords } from './flag-words.ts';
import { plainTextOf } from './look-alikes.ts';

const SYNTAXES: ReadonlyMap<string, FlagSyntax> = new Map([
  ['kubelet-insecure-tls', { isSwitch: true }],
  ['all', { isSwitch: true, shorthand: 'A' }],
  ['bare', { isSwitch: true, shorthand: 'b' }],
  ['metric-resolution', {}],
  ['node-selector', { shorthand: 'l' }],
  ['v', { shorthand: 'v' }],
  ['cert-dir', { isFreeText: true }],
  ['logtostderr', { isSwitch: true }],
]);

function read(...words: string[]): {
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly operands: readonly string[];
  readonly problems: readonly string[];
} {
  const { values, operands, problems } = readFlagWords(words, SYNTAXES);
  return { values: Object.fromEntries(values), operands, problems };
}

describe('words that are flags', () => {
  test.each([
    {
      why: 'a value behind an equals sign',
      words: ['--metric-resolution=15s'],
      values: { 'metric-resolution': ['15s'] },
    },
    {
      why: 'a value in the next word',
      words: ['--metric-resolution', '15s'],
      values: { 'metric-resolution': ['15s'] },
    },
    { why: 'an empty value', words: ['--node-selector='], values: { 'node-selector': [''] } },
    { why: 'an empty word', words: ['--node-selector', ''], values: { 'node-selector': [''] } },
    { why: 'a value with equals signs', words: ['-l=a=b,c=d'], values: { 'node-selector': ['a=b,c=d'] } },
    { why: 'a value that clings', words: ['-la=b'], values: { 'node-selector': ['a=b'] } },
    { why: 'a short flag and a word', words: ['-v', '2'], values: { v: ['2'] } },
    { why: 'a short name behind two dashes', words: ['--v=2'], values: { v: ['2'] } },
    { why: 'a negative value', words: ['-v', '-2'], values: { v: ['-2'] } },
    { why: 'a switch', words: ['--kubelet-insecure-tls'], values: { 'kubelet-insecure-tls': ['true'] } },
    {
      why: 'a switch turned off',
      words: ['--kubelet-insecure-tls=false'],
      values: { 'kubelet-insecure-tls': ['false'] },
    },
    { why: 'a short switch turned off', words: ['-A=false'], values: { all: ['false'] } },
    { why: 'switches in one word', words: ['-Ab'], values: { all: ['true'], bare: ['true'] } },
    { why: 'switches before a flag with a value', words: ['-Av3'], values: { all: ['true'], v: ['3'] } },
    { why: 'more than once, in order', words: ['-v1', '--v', '2'], values: { v: ['1', '2'] } },
    { why: 'a file with a name of its own', words: ['--cert-dir=/证书－１'], values: { 'cert-dir': ['/证书－１'] } },
  ])('$why', ({ words, values }) => {
    expect(read(...words)).toEqual({ values, operands: [], problems: [] });
  });

  test('others are operands, and all words are after two dashes', () => {
    expect(read('pod', '-A', 'web-0', '-', '--', '--v=1')).toEqual({
      values: { all: ['true'] },
      operands: ['pod', 'web-0', '-', '--v=1'],
      problems: [],
    });
  });
});

describe('words that are refused', () => {
  const rows: readonly { why: string; words: readonly string[]; problem: string }[] = [
    { why: 'no such flag', words: ['--nonsense=1'], problem: '--nonsense: no such flag' },
    {
      why: 'a misprint',
      words: ['--metric-resolutoin=15s'],
      problem: '--metric-resolutoin: no such flag; did you mean --metric-resolution?',
    },
    {
      why: 'underscores and capitals',
      words: ['--Kubelet_Insecure_TLS'],
      problem: '--Kubelet_Insecure_TLS: no such flag; did you mean --kubelet-insecure-tls?',
    },
    {
      why: 'a letter of another alphabet',
      words: ['--metric-resolutiоn=15s'],
      problem: '--metric-resolutiоn: no such flag, with о (U+043E) in it; did you mean --metric-resolution?',
    },
    {
      why: 'a long name behind one dash, as Go’s own flag package has it',
      words: ['-kubelet-insecure-tls'],
      problem: '-kubelet-insecure-tls: a long name stands behind two dashes; write --kubelet-insecure-tls',
    },
    {
      why: 'what pflag would read as --node-selector=ogtostderr',
      words: ['-logtostderr'],
      problem: '-logtostderr: a long name stands behind two dashes; write --logtostderr',
    },
    { why: 'a letter that is no flag', words: ['-k'], problem: '-k: no such flag' },
    { why: 'such a letter among others', words: ['-Akb'], problem: '-Akb: no such flag (k in it)' },
    {
      why: 'no value',
      words: ['--metric-resolution'],
      problem: '--metric-resolution: needs a value; write --metric-resolution=VALUE',
    },
    {
      why: 'a flag where the value should be',
      words: ['--cert-dir', '--kubelet-insecure-tls'],
      problem: '--cert-dir: needs a value, and --kubelet-insecure-tls is another flag; write --cert-dir=VALUE',
    },
    {
      why: 'a switch’s value in a word of its own, which pflag passes over',
      words: ['--kubelet-insecure-tls', 'false'],
      problem: 'false: the value of a switch stands in the same word; write --kubelet-insecure-tls=false',
    },
    {
      why: 'a list element of YAML with flag and value in it',
      words: ['--metric-resolution 15s'],
      problem: '--metric-resolution 15s: there is a space in this one word; write --metric-resolution=15s',
    },
    {
      why: 'spaces around the equals sign',
      words: ['--metric-resolution = 15s'],
      problem: '--metric-resolution = 15s: there is a space in this one word; write --metric-resolution=15s',
    },
    {
      why: 'quotation marks that YAML has left in',
      words: ['--metric-resolution="15s"'],
      problem:
        '--metric-resolution="15s": the quotation marks would be part of the value; write --metric-resolution=15s',
    },
    {
      why: 'quotation marks of a word processor',
      words: ['--metric-resolution=“15s”'],
      problem:
        '--metric-resolution=“15s”: the quotation marks would be part of the value; write --metric-resolution=15s',
    },
    {
      why: 'an en dash that a page made of two dashes',
      words: ['–kubelet-insecure-tls'],
      problem: '–kubelet-insecure-tls: has – (U+2013, en dash); write --kubelet-insecure-tls',
    },
    {
      why: 'an em dash before a value',
      words: ['—metric-resolution=15s'],
      problem: '—metric-resolution=15s: has — (U+2014, em dash); write --metric-resolution=15s',
    },
    {
      why: 'an en dash and a dash',
      words: ['–-metric-resolution=15s'],
      problem: '–-metric-resolution=15s: has – (U+2013, en dash); write --metric-resolution=15s',
    },
    {
      why: 'a minus sign before a letter',
      words: ['−v=2'],
      problem: '−v=2: has − (U+2212, minus sign); write --v=2',
    },
    {
      why: 'dashes of a Chinese keyboard',
      words: ['－－kubelet-insecure-tls'],
      problem: '－－kubelet-insecure-tls: has － (U+FF0D, full-width -); write --kubelet-insecure-tls',
    },
    {
      why: 'an equals sign of one',
      words: ['--metric-resolution＝15s'],
      problem: '--metric-resolution＝15s: has ＝ (U+FF1D, full-width =); write --metric-resolution=15s',
    },
    {
      why: 'everything from one',
      words: ['－－ｍetric-resolution＝１５ｓ'],
      problem:
        '－－ｍetric-resolution＝１５ｓ: has － (U+FF0D, full-width -) and ｍ (U+FF4D, full-width m) and ＝ (U+FF1D, full-width =) and １ (U+FF11, full-width 1) and ５ (U+FF15, full-width 5) and ｓ (U+FF53, full-width s); write --metric-resolution=15s',
    },
    {
      why: 'a value of one',
      words: ['--node-selector=pool＝web'],
      problem: '--node-selector=pool＝web: has ＝ (U+FF1D, full-width =); write --node-selector=pool=web',
    },
    {
      why: 'such a value in the next word',
      words: ['-l', 'pool=web，disk=ssd'],
      problem:
        '--node-selector=pool=web，disk=ssd: has ， (U+FF0C, full-width ,); write --node-selector=pool=web,disk=ssd',
    },
    {
      why: 'a space that is not one',
      words: ['\u00a0--kubelet-insecure-tls'],
      problem: '\u00a0--kubelet-insecure-tls: has U+00A0 (no-break space); write --kubelet-insecure-tls',
    },
    {
      why: 'a character that nobody sees',
      words: ['\u200b--kubelet-insecure-tls'],
      problem:
        '\u200b--kubelet-insecure-tls: has U+200B (zero width space, which is not seen); write --kubelet-insecure-tls',
    },
    {
      why: 'a flag that is none even so',
      words: ['–nonsense'],
      problem: '–nonsense: has – (U+2013, en dash), and there is no flag --nonsense',
    },
    {
      why: 'a misprint even so',
      words: ['–metric-resolutoin=15s'],
      problem:
        '–metric-resolutoin=15s: has – (U+2013, en dash), and there is no flag --metric-resolutoin; did you mean --metric-resolution?',
    },
    {
      why: 'the name of a file is left as it is',
      words: ['–cert-dir=/证书－１'],
      problem: '–cert-dir=/证书－１: has – (U+2013, en dash); write --cert-dir=/证书－１',
    },
    {
      why: 'the value in the next word is no word of its own',
      words: ['–metric-resolution', '15s'],
      problem: '–metric-resolution: has – (U+2013, en dash); write --metric-resolution',
    },
  ];
  test.each(rows)('$why', ({ words, problem }) => {
    const { operands, problems } = read(...words);
    expect({ operands, problems }).toEqual({ operands: [], problems: [problem] });
  });

  test('all at once', () => {
    expect(read('--nonsense', '–v=1', '-k').problems).toHaveLength(3);
  });
});

const PLAIN = fc
  .string({ unit: 'binary-ascii' })
  .filter((text) => !/^["'].*["']$/.test(text) && !text.startsWith('--'));

test('a value is the same however it is joined to its flag', () => {
  fc.assert(
    fc.property(PLAIN, (value) => {
      const spellings = [[`--node-selector=${value}`], ['--node-selector', value], ['-l', value], [`-l=${value}`]];
      for (const words of spellings) {
        expect(read(...words)).toEqual({ values: { 'node-selector': [value] }, operands: [], problems: [] });
      }
    }),
  );
});

test('whatever the words are, no look-alike gets into a value, except of free text', () => {
  const word = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('-', '=', '–', '--v', '-v', '--all', '-A', 'true', '－－v＝1', '—all', '--v=１', '\u200b--v=1'),
    fc
      .tuple(
        fc.constantFrom('--', '-', '–', '－－'),
        fc.constantFrom('v', 'all', 'l'),
        fc.constantFrom('', '=1', '＝1'),
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const { values } = read(...words);
      const lookAlikes = Object.values(values)
        .flat()
        .filter((value) => plainTextOf(value) !== value);
      expect(lookAlikes).toEqual([]);
    }),
  );
});
