import { describe, expect, test } from 'vitest';
import {
  ADAPTER_TEMPLATE_DEPTH_MAX,
  ADAPTER_TEMPLATE_LENGTH_MAX,
  ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX,
  ADAPTER_TEMPLATE_STEPS_COUNT_MAX,
  ADAPTER_TEMPLATE_WIDTH_MAX,
} from '../../../base/limits.ts';
import { labelTemplateData } from '../association.ts';
import { queryTemplateData } from '../query-data.ts';
import { parseTemplate } from './template.ts';
import { TemplateError } from './template-error.ts';

const DATA = queryTemplateData({
  series: 's',
  labelMatchers: ['app="q"'],
  labelValuesByName: new Map([['app', 'q']]),
  groupBy: ['pod', 'container'],
});

/** What comes of a template: its text, or the error's kind, reason and place. */
function outcome(text: string): unknown {
  try {
    return parseTemplate('metrics-query', text).render(DATA);
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    const { kind, reason, offset } = thrown;
    return { kind, reason, offset };
  }
}

const DEPTH = ADAPTER_TEMPLATE_DEPTH_MAX + 1;
const DOUBLING = '<<$x := "0123456789abcdef">><<range 30>><<$x = print $x $x>><<end>>';

describe('bounds', () => {
  test.each([
    {
      why: 'the text of the template',
      template: 'x'.repeat(ADAPTER_TEMPLATE_LENGTH_MAX + 1),
      expected: { kind: 'limit', reason: `longer than ${ADAPTER_TEMPLATE_LENGTH_MAX} characters`, offset: 0 },
    },
    {
      why: 'parentheses in each other',
      template: `<<${'('.repeat(DEPTH)}1${')'.repeat(DEPTH)}>>`,
      expected: { kind: 'syntax', reason: 'max expression depth exceeded', offset: 2 + DEPTH - 1 },
    },
    {
      why: 'controls in each other',
      template: `${'<<if 1>>'.repeat(DEPTH)}x${'<<end>>'.repeat(DEPTH)}`,
      expected: expect.objectContaining({ kind: 'syntax', reason: 'max expression depth exceeded' }),
    },
    {
      why: 'blocks in each other, each a tree of its own',
      template: `${'<<block "b" .>>'.repeat(DEPTH)}x${'<<end>>'.repeat(DEPTH)}`,
      expected: expect.objectContaining({ kind: 'syntax', reason: 'max expression depth exceeded' }),
    },
    {
      why: 'a template that calls itself',
      template: '<<define "x">><<template "x">><<end>><<template "x">>',
      expected: expect.objectContaining({
        kind: 'limit',
        reason: `exceeded maximum template depth (${ADAPTER_TEMPLATE_DEPTH_MAX})`,
      }),
    },
    {
      why: 'a loop that writes nothing',
      template: '<<range 1000000000>><<end>>',
      expected: expect.objectContaining({
        kind: 'limit',
        reason: `more than ${ADAPTER_TEMPLATE_STEPS_COUNT_MAX} steps`,
      }),
    },
    {
      why: 'a variable that doubles',
      template: DOUBLING,
      expected: expect.objectContaining({
        kind: 'limit',
        reason: `error calling print: a text longer than ${ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX} characters`,
      }),
    },
    {
      why: 'an output in small pieces',
      template: `<<range 30000>>${'x'.repeat(100)}<<end>>`,
      expected: expect.objectContaining({
        kind: 'limit',
        reason: `the output is longer than ${ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX} characters`,
      }),
    },
    {
      why: 'a field of printf',
      template: `<<printf "%${ADAPTER_TEMPLATE_WIDTH_MAX + 1}d" 1>>`,
      expected: '%!(NOVERB)%!(EXTRA int=1)',
    },
  ])('$why', ({ template, expected }) => {
    expect(outcome(template)).toEqual(expected);
  });

  test('just within a bound it is rendered', () => {
    const depth = ADAPTER_TEMPLATE_DEPTH_MAX;
    expect(outcome(`<<${'('.repeat(depth)}1${')'.repeat(depth)}>>`)).toBe('1');
    expect(outcome('x'.repeat(ADAPTER_TEMPLATE_LENGTH_MAX))).toHaveLength(ADAPTER_TEMPLATE_LENGTH_MAX);
    expect(outcome(`<<printf "%${ADAPTER_TEMPLATE_WIDTH_MAX}d" 1>>`)).toHaveLength(ADAPTER_TEMPLATE_WIDTH_MAX);
  });
});

test.each([
  { why: 'a function that Go does not have', template: 'sum(<<rate .Series>>)', offset: 6 },
  { why: 'in a later line', template: 'a\nb<<.Series\n| nope>>', offset: 15 },
  { why: 'a field that is not there', template: 'sum(<<.Namespace>>)', offset: 6 },
  { why: 'what is never closed', template: 'x<<.Series', offset: 10 },
])('an error tells where it is: $why', ({ template, offset }) => {
  expect(outcome(template)).toEqual(expect.objectContaining({ offset }));
});

test('complex numbers are refused', () => {
  expect(outcome('<<1+2i>>')).toEqual(
    expect.objectContaining({ kind: 'syntax', reason: 'complex numbers are not supported' }),
  );
});

test('a template is rendered as often as one likes, each time anew', () => {
  const template = parseTemplate('metrics-query', '<<$n := 1>><<range .GroupBySlice>><<$n = len .>><<end>><<$n>>');
  expect([template.render(DATA), template.render(DATA)]).toEqual(['9', '9']);
});

test.each([
  { why: 'its fields', template: 'kube_<<.Group>>_<<.Resource>>', expected: 'kube_apps_deployment' },
  { why: 'the whole, which has a method String', template: '<<.>>', expected: 'deployment.apps' },
  { why: 'its method', template: '<<if .Empty>>x<<else>><<.String>><<end>>', expected: 'deployment.apps' },
])('the data of labels: $why', ({ template, expected }) => {
  expect(parseTemplate('resource-label', template).render(labelTemplateData('apps', 'deployment'))).toBe(expected);
});
