import { describe, expect, it } from 'vitest';
import { playLine } from './scenario-line.ts';

const HPA = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [
      {
        type: 'External',
        external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } },
      },
    ],
  },
};

const STEP = {
  atMs: 1_767_225_600_000,
  scale: { specReplicas: 2, statusReplicas: 2, selector: 'app=web' },
  pods: [{ count: 2, labels: { app: 'web' }, phase: 'Running', containers: [{ name: 'app', requests: { cpu: '1' } }] }],
  metrics: [{ values: [40_000], atMs: 1_767_225_590_000 }],
};

function story(changes: object = {}, stepChanges: object = {}): unknown {
  return { name: 'story', hpa: HPA, steps: [{ ...STEP, ...stepChanges }], ...changes };
}

/** Everything that a line says when it is played to its end. */
function sentences(line: unknown): readonly string[] {
  const text = typeof line === 'string' ? line : JSON.stringify(line);
  return [...playLine(text).items].map((item) => {
    if (item.kind === 'bad') return item.message;
    return item.kind === 'step' ? `scaled to ${item.outcome.decision.scaledTo}` : JSON.stringify(item.value);
  });
}

describe('a bad line says in one sentence what is wrong', () => {
  it.each<{ why: string; line: unknown; sentence: RegExp }>([
    { why: 'no JSON', line: '{"name":', sentence: /^not JSON: / },
    { why: 'no object', line: '[1]', sentence: /^not a JSON object$/ },
    { why: 'no known shape', line: { name: 'x' }, sentence: /^neither a story \(steps\), nor a single step/ },
    { why: 'an unknown field', line: story({ colour: 1 }), sentence: /^colour: unknown field$/ },
    { why: 'a missing field', line: { name: 'x', steps: [] }, sentence: /^hpa: is missing$/ },
    {
      why: 'deep inside',
      line: story({}, { pods: [{ colour: 1 }] }),
      sentence: /^steps\[0\]\.pods\[0\]\.colour: unknown field$/,
    },
    {
      why: 'a wrong type',
      line: story({}, { atMs: 'noon' }),
      sentence: /^steps\[0\]\.atMs: must be epoch milliseconds .*, not "noon"$/,
    },
    {
      why: 'a long value is cut',
      line: story({}, { atMs: 'x'.repeat(99) }),
      sentence: /^steps\[0\]\.atMs: must be .*, not "x+…$/,
    },
    { why: 'no list', line: story({ steps: {} }), sentence: /^steps: must be a list, not \{\}$/ },
    {
      why: 'no object where one belongs',
      line: story({}, { scaleUpdate: 1 }),
      sentence: /^steps\[0\]\.scaleUpdate: must be an object, not 1$/,
    },
    { why: 'no map', line: story({}, { pods: [{ labels: [] }] }), sentence: /labels: must be an object, not \[\]$/ },
    {
      why: 'a map’s value',
      line: story({}, { pods: [{ labels: { a: 1 } }] }),
      sentence: /labels\.a: must be a string, not 1$/,
    },
    {
      why: 'no quantity',
      line: story({}, { pods: [{ podRequests: { cpu: 'much' } }] }),
      sentence: /cpu: must be a quantity such as "250m", not "much"$/,
    },
    {
      why: 'a sample too large',
      line: story({}, { metrics: [{ values: ['99999999999999999999'] }] }),
      sentence: /values\[0\]: must be a milli value/,
    },
    {
      why: 'a sample that is no number',
      line: story({}, { metrics: [{ samples: { p: true } }] }),
      sentence: /samples\.p: must be a milli value/,
    },
    {
      why: 'two kinds of answer',
      line: story({}, { metrics: [{ values: [1], samples: {} }] }),
      sentence: /metrics\[0\]: must hold only one of error, samples and values$/,
    },
    {
      why: 'a scale without an answer',
      line: story({}, { scale: { selector: 'a=b' } }),
      sentence: /scale: must hold specReplicas or an error$/,
    },
    {
      why: 'an unknown field of the HPA',
      line: story({ hpa: { ...HPA, spec: { ...HPA.spec, replicas: 3 } } }),
      sentence: /^hpa\.spec\.replicas: unknown field$/,
    },
    {
      why: 'a wrong type in the HPA',
      line: story({ hpa: { ...HPA, spec: { ...HPA.spec, maxReplicas: 'ten' } } }),
      sentence: /^hpa\.spec\.maxReplicas: .*cannot unmarshal string/,
    },
    {
      why: 'state of the wrong form',
      line: story({ initialState: { recommendations: [[1]] } }),
      sentence: /recommendations\[0\]: must be a list of 2 integers/,
    },
    {
      why: 'a byte order mark',
      line: `\ufeff${JSON.stringify(story())}`,
      sentence: /^not JSON: starts with a byte order mark$/,
    },
    {
      why: 'a key twice, however it is spelt',
      line: '{"name":"x","steps":[1,{"a}":"\\",","b":[{"c":{}}]},{"atMs":1,"at\\u004ds":2}]}',
      sentence: /^steps\[2\]\.atMs: stands twice$/,
    },
    {
      why: 'a nesting without end',
      line: `{"name":"x","input":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      sentence: /^nested deeper than 100 levels$/,
    },
    {
      why: 'null where an object belongs',
      line: story({}, { hpaSpec: null }),
      sentence: /^steps\[0\]\.hpaSpec: must be an object, not null$/,
    },
    {
      why: 'a count beyond 32 bits',
      line: story({}, { scale: { specReplicas: 2 ** 31 } }),
      sentence: /^steps\[0\]\.scale\.specReplicas: must be an integer of 32 bits, not 2147483648$/,
    },
    {
      why: 'an instant without a date',
      line: story({}, { atMs: Number.MAX_SAFE_INTEGER }),
      sentence: /^steps\[0\]\.atMs: must be epoch milliseconds/,
    },
    {
      why: 'more pods than fit',
      line: story({}, { pods: [{ count: 100_000 }, { name: 'one' }] }),
      sentence: /^steps\[0\]\.pods: must be at most 100000 pods, not 100001$/,
    },
    {
      why: 'another HPA with a selector that is none',
      line: story({}, { otherHpas: [{ namespace: 'shop', name: 'twin', selector: 'a=b,,' }] }),
      sentence: /^steps\[0\]\.otherHpas\[0\]\.selector: must be a label selector such as "app=web", not "a=b,,"$/,
    },
    {
      why: 'the scale is read and was never given',
      line: story({}, { scale: undefined }),
      sentence: /^steps\[0\]\.scale: is missing, but the step asks for "GET scale deployments\.apps shop\/web"$/,
    },
    {
      why: 'a metric that is asked for has null',
      line: story({}, { metrics: [null] }),
      sentence: /^steps\[0\]\.metrics\[0\]: is missing, but the step asks for/,
    },
    {
      why: 'a metric that is asked for has no entry',
      line: story({}, { metrics: [] }),
      sentence:
        /^steps\[0\]\.metrics\[0\]: is missing, but the step asks for "metric external queue selector= ns=shop"$/,
    },
    {
      why: 'an entry of the wrong kind',
      line: story({}, { metrics: [{ samples: {} }] }),
      sentence: /^steps\[0\]\.metrics\[0\]: an external metric needs values$/,
    },
    {
      why: 'an unknown kind of step',
      line: { name: 'x', kind: 'dance' },
      sentence: /^kind: must be one of replicaCalculator, .*, not "dance"$/,
    },
    {
      why: 'a single step without its input',
      line: { name: 'x', kind: 'statusQuantity', milli: 1 },
      sentence: /^resource: is missing$/,
    },
    {
      why: 'a creation with an unknown field',
      line: { name: 'x', input: {}, colour: 1 },
      sentence: /^colour: unknown field$/,
    },
    {
      why: 'an unknown function of the calculator',
      line: { ...calculator('Guess'), metric: { values: [1] } },
      sentence: /^func: "Guess" is no calculator function/,
    },
    {
      why: 'a calculator with the wrong samples',
      line: { ...calculator('GetMetricReplicas'), metric: { values: [1] } },
      sentence: /^metric: a pods metric needs samples by pod$/,
    },
    {
      why: 'groups without samples',
      line: { name: 'x', kind: 'groupPods', ...READINESS, resource: 'cpu', pods: [], metric: { values: [1] } },
      sentence: /^metric: a pods metric needs samples by pod$/,
    },
    {
      why: 'an object metric with two values',
      line: { ...calculator('GetObjectMetricReplicas'), metric: { values: [1, 2] } },
      sentence: /^metric: an object metric needs exactly one value, not 2$/,
    },
  ])('$why', ({ line, sentence }) => {
    const all = sentences(line);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(sentence);
  });
});

const READINESS = { nowMs: 0, cpuInitializationPeriodMs: 1, initialReadinessDelayMs: 1 };

function calculator(func: string): object {
  const tolerances = { scaleDown: 0.1, scaleUp: 0.1 };
  return {
    name: 'x',
    kind: 'replicaCalculator',
    func,
    ...READINESS,
    in: { currentReplicas: 2, targetMilli: 100, tolerances },
  };
}

describe('a good line is played', () => {
  it.each<{ why: string; line: unknown; out: readonly string[] }>([
    { why: 'a story', line: story(), out: ['scaled to 4'] },
    { why: 'a story without steps', line: story({ steps: [] }), out: [] },
    {
      why: 'a metric that is not asked for needs no entry',
      line: story({}, { scale: { specReplicas: 0 }, metrics: [] }),
      out: ['scaled to null'],
    },
    {
      why: 'everything lasts until it changes',
      line: story({ steps: [STEP, { atMs: STEP.atMs + 15_000, metrics: STEP.metrics }] }),
      out: ['scaled to 4', 'scaled to 4'],
    },
    {
      why: 'the spec is replaced',
      line: story({ steps: [{ ...STEP, hpaSpec: { ...HPA.spec, maxReplicas: 3 } }] }),
      out: ['scaled to 3'],
    },
    {
      why: 'a deleted HPA stays deleted',
      line: story({
        steps: [
          { ...STEP, hpaDeleted: true },
          { ...STEP, hpaSpec: HPA.spec },
        ],
      }),
      out: ['scaled to null', 'scaled to null'],
    },
    {
      why: 'a status quantity',
      line: { name: 'x', kind: 'statusQuantity', resource: 'memory', milli: 2_097_152_000 },
      out: ['{"quantity":"2Mi"}'],
    },
    {
      why: 'an average of a resource',
      line: {
        ...calculator('GetRawResourceReplicas'),
        pods: [{ name: 'a', phase: 'Running' }],
        metric: { samples: { a: 300 } },
      },
      out: ['{"error":null,"replicas":3,"usageMilli":300}'],
    },
  ])('$why', ({ line, out }) => {
    expect(sentences(line)).toEqual(out);
  });

  it('a creation that cannot be decoded is an answer too', () => {
    expect(sentences({ name: 'x', input: 7 })[0]).toContain('decodeError');
  });
});

describe('listings of pods fail one after the other', () => {
  const object = (value: string) => ({
    type: 'Object',
    object: {
      describedObject: { kind: 'Service', name: 'front' },
      metric: { name: 'rps' },
      target: { type: 'Value', value },
    },
  });
  const metrics = [object('40'), object('10')];
  const hpa = { ...HPA, spec: { ...HPA.spec, metrics } };
  const answers = [{ values: [40_000] }, { values: [40_000] }];

  it.each([
    { why: 'a metric within tolerance lists none', podListErrors: [null, { message: 'x' }], failed: [1] },
    { why: 'the third listing is never made', podListErrors: [null, null, { message: 'x' }], failed: [] },
  ])('$why', ({ podListErrors, failed }) => {
    const line = story({ hpa }, { metrics: answers, podListErrors });
    const [item] = playLine(JSON.stringify(line)).items;
    const traces = item?.kind === 'step' ? item.outcome.decision.trace.metrics : [];
    expect(traces.filter(({ code }) => code === 'MetricFailed').map(({ index }) => index)).toEqual(failed);
  });
});

describe('numbers left to the platform', () => {
  const expectation = {
    scaledTo: 5,
    status: null,
    platformDependent: ['replicaCount', 'statusAverage'],
  };

  it('are exempt where flagged, and nothing else is', () => {
    const [item] = playLine(JSON.stringify(story({}, { expect: expectation }))).items;
    const paths = item?.kind === 'step' ? item.differences?.map(({ path }) => path) : [];
    expect(paths).toEqual(['status']);
  });

  it.each([
    {
      why: 'another count',
      change: {
        scaledTo: 9,
        events: [
          {
            type: 'Normal',
            reason: 'SuccessfulRescale',
            message: 'New size: 9; reason: external metric queue(nil) above target',
          },
        ],
      },
      paths: [],
    },
    {
      why: 'another text',
      change: { events: [{ type: 'Normal', reason: 'SuccessfulRescale', message: 'New size: 9; reason: ' }] },
      paths: ['events[0].message'],
    },
  ])('$why', ({ change, paths }) => {
    const expect_ = { ...change, platformDependent: ['replicaCount'] };
    const [item] = playLine(JSON.stringify(story({}, { expect: expect_ }))).items;
    expect(item?.kind === 'step' ? item.differences?.map(({ path }) => path) : null).toEqual(paths);
  });
});

describe('a difference names the rule', () => {
  it.each([
    { why: 'the winner decided', stepChanges: {}, rule: 'combination' },
    { why: 'a bound decided', stepChanges: { metrics: [{ values: [900_000] }] }, rule: 'limits' },
    { why: 'the path decided', stepChanges: { scale: { specReplicas: 0 } }, rule: 'path' },
    { why: 'the window decided', stepChanges: { metrics: [{ values: [1_000] }] }, rule: 'stabilization' },
  ])('$rule: $why', ({ stepChanges, rule }) => {
    const [item] = playLine(JSON.stringify(story({}, { ...stepChanges, expect: { scaledTo: 99 } }))).items;
    expect(item?.kind === 'step' ? item.differences?.map((difference) => difference.rule) : null).toEqual([rule]);
  });
});
