import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtInKinds } from './check/built-in-kinds.ts';
import type { DiscoveryRule } from './config/adapter-config.ts';
import { metricNameOf } from './metric-name.ts';
import { type CompiledRule, compileRule } from './rule.ts';
import { mayMake } from './rule-outputs.ts';

function ruleOf(given: Partial<DiscoveryRule>): CompiledRule {
  const resources = { template: '<<.Resource>>', overrides: [], isNamespaced: null };
  const rule = {
    path: 'rules[0]',
    seriesQuery: '',
    seriesFilters: [],
    resources,
    metricsQuery: 'x',
    prometheus: '',
    nan: 'missing',
    absent: 'missing',
  } as const;
  const result = compileRule({ ...rule, name: { matches: '', as: '' }, ...given }, builtInKinds());
  if (result.kind === 'refused') throw new Error(JSON.stringify(result.problems));
  return result.rule;
}

const COUNTERS = { matches: '^(.*)_total$', as: `\${1}_per_second` };

describe('whether a rule may make a metric', () => {
  test.each([
    { why: 'the one series by its own name', seriesQuery: 'up{pod!=""}', metric: 'up', may: true },
    { why: 'another name', seriesQuery: 'up{pod!=""}', metric: 'down', may: false },
    {
      why: 'the one series, called otherwise',
      seriesQuery: 'a_total',
      name: COUNTERS,
      metric: 'a_per_second',
      may: true,
    },
    {
      why: 'a name that only another series makes',
      seriesQuery: 'a_total',
      name: COUNTERS,
      metric: 'b_per_second',
      may: false,
    },
    {
      why: 'a series that the naming does not match',
      seriesQuery: 'a',
      name: COUNTERS,
      metric: 'a_per_second',
      may: false,
    },
    { why: 'a name in quotes', seriesQuery: '{"a.b"}', metric: 'a.b', may: true },
    { why: 'the ending that all get', seriesQuery: '{pod!=""}', name: COUNTERS, metric: 'b_per_second', may: true },
    { why: 'without that ending', seriesQuery: '{pod!=""}', name: COUNTERS, metric: 'b', may: false },
    { why: 'a fixed name', seriesQuery: '{pod!=""}', name: { matches: 'x', as: 'y$$' }, metric: 'y$', may: true },
    { why: 'and no other', seriesQuery: '{pod!=""}', name: { matches: 'x', as: 'y$$' }, metric: 'y$x', may: false },
    {
      why: 'literals that would have to overlap',
      seriesQuery: '{a="b"}',
      name: { matches: '(x)', as: `aa\${1}aa` },
      metric: 'aaa',
      may: false,
    },
    {
      why: 'two groups and what is between them',
      seriesQuery: '{a="b"}',
      name: { matches: '(x)(y)', as: '$1-$2' },
      metric: 'p-q-r',
      may: true,
    },
    { why: 'a selector that is none', seriesQuery: '', metric: 'anything', may: true },
  ])('$why: $metric of $seriesQuery', ({ seriesQuery, name, metric, may }) => {
    const rule = ruleOf({ seriesQuery, ...(name === undefined ? {} : { name }) });
    expect(mayMake(rule, new Set(['nothing_like_it', metric]))).toBe(may);
    expect(mayMake(rule, new Set())).toBe(false);
  });

  test('is never denied of a metric that it makes', () => {
    const word = fc.stringMatching(/^[ab_]{0,4}$/);
    const replacement = fc.array(fc.constantFrom('$0', '$1', `\${2}`, '$$', 'a', '_b', '$1_'), { maxLength: 4 });
    const isNamed = fc.boolean();
    fc.assert(
      fc.property(word, replacement, isNamed, word, (middle, as, isExact, rest) => {
        const series = `s${middle}${rest}`;
        const rule = ruleOf({
          seriesQuery: isExact ? `${series}{pod!=""}` : '{pod!=""}',
          name: { matches: `(s)(${middle}|x)`, as: as.join('') || '$0' },
        });
        const metric = metricNameOf(series, rule.naming);
        if (metric !== undefined) expect(mayMake(rule, new Set([metric]))).toBe(true);
      }),
    );
  });
});
