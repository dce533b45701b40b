import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KINDS } from '../../../../test/fixtures/adapter-check.ts';
import { explainAdapterFinding } from '../../../core/explain/explain-adapter-finding.ts';
import { checkAdapterConfig } from './check-config.ts';

/** Pieces that files are made of, so that what is made up gets as far as the checks. */
const PIECES = [
  'rules:\n',
  'externalRules:\n',
  'resourceRules:\n',
  '- ',
  '  ',
  '\n',
  'seriesQuery: ',
  'seriesFilters: ',
  'resources: ',
  'name: ',
  'metricsQuery: ',
  'template: ',
  'overrides: ',
  'namespaced: ',
  'matches: ',
  'as: ',
  'is: ',
  'isNot: ',
  'group: ',
  'resource: ',
  'window: ',
  'cpu: ',
  'containerQuery: ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  ': ',
  'pod',
  'namespace',
  'x',
  '1',
  'true',
  '~',
  "'",
  '"',
  '|\n',
  '>\n',
  '&a ',
  '*a',
  '<<: ',
  '!!binary ',
  '!!str ',
  '#',
  '---\n',
  '%YAML 1.2\n',
  '<<.Series>>{<<.LabelMatchers>>}',
  '<<',
  '>>',
  '(.*)',
  '(?!x)',
  '$1_x',
  '\\',
  'up{a="b"}',
  '\u0000',
  '\t',
  'é',
  '5m',
  'default: ',
  'custom: ',
  'prometheus: ',
];

const RULE = fc
  .record({
    seriesQuery: fc.constantFrom('up', 'a_total{pod!=""}', '{', '{__name__=~"^(.*)_x$"}', ''),
    matches: fc.constantFrom('', '^(.*)_total$', '(', '(a)(b)', '(?P<n>.*)', '$'),
    as: fc.constantFrom('', '$1_x', `\${1}`, 'fixed', '{{x}}', '$n', '$$'),
    template: fc.constantFrom('', '<<.Resource>>', 'kube_<<.Group>>_<<.Resource>>', '<<', 'x'),
    query: fc.array(
      fc.constantFrom(
        'sum(',
        '<<.Series>>',
        '{<<.LabelMatchers>>}',
        ')',
        ' by (<<.GroupBy>>)',
        '[5m]',
        'rate(',
        '<<',
        '{{.X}}',
        '{,',
      ),
      { maxLength: 6 },
    ),
  })
  .map(({ seriesQuery, matches, as, template, query }) => {
    const quoted = [seriesQuery, template, matches, as, query.join('')].map((text) => `'${text}'`);
    const [selector, labels, expression, name, metrics] = quoted;
    return `- seriesQuery: ${selector}\n  resources: {template: ${labels}}\n  name: {matches: ${expression}, as: ${name}}\n  metricsQuery: ${metrics}\n`;
  });

const FILE = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join('')),
  fc
    .array(RULE, { minLength: 1, maxLength: 3 })
    .map((rules) => `rules:\n${rules.join('')}externalRules:\n${rules.join('')}`),
);

test('whatever a file says, the check ends with findings that have a place in it and words', () => {
  fc.assert(
    fc.property(FILE, (text) => {
      const lineCount = text.split('\n').length;
      const { findings, isLoadable } = checkAdapterConfig(text, KINDS);
      for (const { finding, place } of findings) {
        expect(place.line).toBeGreaterThanOrEqual(1);
        expect(place.line).toBeLessThanOrEqual(lineCount);
        expect(place.column).toBeGreaterThanOrEqual(1);
        for (const language of ['en', 'zh-CN'] as const) {
          const { text: said, action } = explainAdapterFinding(finding, language);
          expect(`${said}${action}`).not.toMatch(/undefined|\[object/);
        }
      }
      expect(isLoadable || findings.length > 0).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
