import '../../../test/property-seed.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jointQueryOf, outlineOf } from '../../metrics/prometheus/joint-query.ts';
import { ExecutionRefusal } from './execution-refusal.ts';
import { evaluate, SampleBudget } from './promql/evaluation.ts';
import { readExpression } from './promql/expression-reader.ts';
import { SeriesStore } from './series-store.ts';

const AT_MS = 1_700_000_000_000;
const PODS = ['web-0', 'web-1', 'web.1', 'web-11', 'db-0'];
const CODES = ['200', '500'];

/** Rows by their pods; `refused` where Prometheus makes none. */
type Rows = ReadonlyMap<string, readonly number[]> | 'refused';

function rowsOf(query: string, store: SeriesStore): Rows {
  try {
    const value = evaluate(readExpression(query), { store, budget: new SampleBudget(), atMs: AT_MS });
    if (value.kind !== 'vector') return 'refused';
    const byPod = Map.groupBy(value.elements, ({ labels }) => labels['pod'] ?? '');
    return new Map([...byPod].map(([pod, elements]) => [pod, elements.map(({ value: number }) => number)]));
  } catch (thrown) {
    // What cannot be read is refused like what cannot be carried out.
    if (thrown instanceof ExecutionRefusal || (thrown instanceof Error && thrown.name === 'Failure')) return 'refused';
    throw thrown;
  }
}

const sample = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(0.5, NaN, Infinity));

/** Some of the series that there may be, each with some of the last ten minutes' samples. */
const store = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b'),
      pod: fc.constantFrom(...PODS),
      code: fc.constantFrom(...CODES),
      samples: fc.array(fc.option(sample, { nil: undefined }), { minLength: 1, maxLength: 10 }),
    }),
    { selector: ({ name, pod, code }) => `${name} ${pod} ${code}`, minLength: 5, maxLength: 20 },
  )
  .map((all) => {
    const made = new SeriesStore();
    for (const { name, pod, code, samples } of all) {
      for (const [index, value] of samples.entries()) {
        const atMs = AT_MS - (samples.length - 1 - index) * 60_000;
        if (value !== undefined) made.append({ __name__: name, pod, code }, atMs, value);
      }
    }
    return made;
  });

/** Text that is one of each after the other. */
function text(...parts: readonly (fc.Arbitrary<string> | string | readonly string[])[]): fc.Arbitrary<string> {
  const each = parts.map((part) => {
    if (typeof part === 'string') return fc.constant(part);
    return Array.isArray(part) ? fc.constantFrom<string>(...part) : (part as fc.Arbitrary<string>);
  });
  return fc.tuple(...each).map((texts) => texts.join(''));
}

const MATCHERS = ['$', '$', '$,code="200"', 'pod!="db-0",$', 'code="500"'];
const RANGE_FUNCTIONS = ['rate', 'increase', 'max_over_time', 'last_over_time', 'changes'];
const AGGREGATIONS = ['sum', 'avg', 'min', 'max', 'count', 'group'];
const GROUPS = ['by (pod)', 'by (pod)', 'by (pod, code)', 'by (code)', 'without (code)', ''];
const OPERATORS = ['+', '-', '/', '*', '>', '== bool', 'and', 'or', 'unless'];
const MATCHING = [
  '',
  '',
  'on(pod)',
  'on(code)',
  'ignoring(code)',
  'ignoring(pod)',
  'on(pod) group_left',
  'on() group_left',
];

/** Queries, `$` standing for the matcher of the objects; many may be put together with others', and some must not. */
const { query: asked } = fc.letrec<{ readonly query: string; readonly part: string }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3 },
    text(['a', 'b'], '{', MATCHERS, '}'),
    text(RANGE_FUNCTIONS, '(', ['a', 'b'], '{', MATCHERS, '}[5m])'),
    text(AGGREGATIONS, '(', tie('part'), ') ', GROUPS),
    text('(', tie('part'), ' ', OPERATORS, ' ', MATCHING, ' ', tie('part'), ')'),
    text('(', tie('part'), ' ', ['/', '*', '>', '> bool'], ' ', ['0', '2'], ')'),
    text(['abs', 'floor', '-'], '(', tie('part'), ')'),
    text('(', tie('part'), ' * scalar(', tie('part'), '))'),
  ),
  query: fc.oneof(
    { weight: 1, arbitrary: tie('part') },
    { weight: 2, arbitrary: text(AGGREGATIONS, '(', tie('part'), ') by (pod)') },
    { weight: 2, arbitrary: text('sum(a{$} ', OPERATORS, ' ', MATCHING, ' b{$}) by (pod)') },
    {
      weight: 2,
      arbitrary: text('sum(a{$}) by (pod) ', OPERATORS, ' ', MATCHING, ' sum(', tie('part'), ') ', GROUPS),
    },
  ),
}));

function queryFor(shape: string, names: readonly string[]): string {
  return shape.replaceAll('$', `pod${names.length > 1 ? '=~' : '='}"${names.join('|')}"`);
}

test('a query that is put for more objects has the same row for each of its own, and no second one', () => {
  let [jointCount, answeredCount, differentCount] = [0, 0, 0];
  fc.assert(
    fc.property(
      asked,
      store,
      fc.subarray(PODS, { minLength: 1 }),
      fc.subarray(PODS),
      (shape, series, names, others) => {
        const query = queryFor(shape, names);
        const joint = jointQueryOf(query, { label: 'pod', names });
        const all = [...new Set([...others, ...names])];
        const own = rowsOf(query, series);
        const ofOwn = (rows: Rows) => (rows === 'refused' ? rows : names.map((name) => rows.get(name)));
        if (joint === undefined) {
          // What the reading is for: put together all the same, some of these come out otherwise.
          if (JSON.stringify(ofOwn(rowsOf(queryFor(shape, all), series))) !== JSON.stringify(ofOwn(own)))
            differentCount += 1;
          return;
        }
        jointCount += 1;
        const ofAll = { label: 'pod', names: all };
        // Whichever of them is read, it stands for the others.
        expect(jointQueryOf(queryFor(shape, all), ofAll)?.textFor(all)).toBe(joint.textFor(all));
        const [outline, outlineOfAll] = [
          outlineOf(query, { label: 'pod', names }),
          outlineOf(queryFor(shape, all), ofAll),
        ];
        const hasNamesElsewhere = [outline, outlineOfAll].some((each) => each?.placesCount !== joint.placesCount);
        if (!hasNamesElsewhere) expect(outlineOfAll).toEqual(outline);
        const together = rowsOf(joint.textFor(all), series);
        // Another's series may be what is refused; then each is asked for by itself.
        if (together === 'refused') return;
        answeredCount += 1;
        expect(ofOwn(together)).toEqual(ofOwn(own));
        if (own !== 'refused') for (const name of names) expect(own.get(name)?.length ?? 0).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 2_000 },
  );
  // The law is about something.
  expect(jointCount).toBeGreaterThan(400);
  expect(answeredCount).toBeGreaterThan(400);
  expect(differentCount).toBeGreaterThan(20);
});
