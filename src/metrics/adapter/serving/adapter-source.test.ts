import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { type Log, SILENT_LOG } from '../../../base/log.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { ApiGroup } from '../../../platform/kube/discovery.ts';
import type { SeriesFold } from '../../prometheus/answers.ts';
import type { PrometheusClient } from '../../prometheus/client.ts';
import { decodeAdapterConfig } from '../config/config-decoding.ts';
import { type AdapterSource, createAdapterSource } from './adapter-source.ts';
import type { MetricDemand, WantedMetrics } from './metric-demand.ts';

const SIGNAL = new AbortController().signal;
const INTERVAL_MS = 60_000;

/** Each rule asks for the series of its own name. */
function rule(selector: string, resource = 'pod'): string {
  return `- seriesQuery: ${selector}
  resources: {overrides: {namespace: {resource: namespace}, thing: {resource: ${resource}}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;
}

function file(...rules: readonly string[]) {
  const decoded = decodeAdapterConfig(`rules:\n${rules.join('')}`);
  if (decoded.kind === 'refused') throw new Error(JSON.stringify(decoded.problems));
  return { name: 'rules.yaml', config: decoded.config };
}

function group(name: string, resource: string, kind: string, problem?: string): ApiGroup {
  const type = { group: name, version: 'v1', resource, isNamespaced: true };
  const resources = [{ type, kind, singular: kind.toLowerCase(), shortNames: [], verbs: [], subresources: [] }];
  return {
    name,
    versions: [problem === undefined ? { version: 'v1', resources } : { version: 'v1', resources: [], problem }],
  };
}

const CORE = group('', 'pods', 'Pod');

let clock: VirtualClock;
let groups: readonly ApiGroup[] | Failure;
/** What Prometheus finds for each selector; one that is missing cannot be reached. */
let found: Map<string, readonly string[]>;
/** Backends that answer when the test lets them. */
let slow: Map<string, Promise<void>>;
/** What was asked for, with the second of its instant. */
let asked: string[];
let told: string[];

const log: Log = { ...SILENT_LOG, warn: (message) => told.push(message), info: (message) => told.push(message) };

beforeEach(() => {
  clock = new VirtualClock({ turn: () => setImmediate() });
  groups = [CORE];
  found = new Map();
  slow = new Map();
  asked = [];
  told = [];
});

/** A backend by its name, which stands before the selectors that it is asked for. */
function prometheusOf(backend: string | null): Pick<PrometheusClient, 'query' | 'series'> {
  const prefix = backend === null ? '' : `${backend}/`;
  return {
    query: async ({ query, atMs }) => {
      asked.push(`${prefix}${query}`);
      const sample = { labels: { thing: 'x' }, atMs, value: 1, valueText: '1' };
      return { value: { kind: 'vector', samples: [sample] }, warnings: [], infos: [] };
    },
    series: async ({ selectors: [selector = ''], startMs }) => {
      asked.push(`${clock.nowMs() / 1000} ${prefix}${selector} since ${(startMs ?? 0) / 1000}`);
      await slow.get(backend ?? '');
      const names = found.get(`${prefix}${selector}`);
      if (names === undefined) throw new Failure('unavailable', 'connection refused');
      const labelNames = ['namespace', 'thing'];
      const value = names.map((name): SeriesFold => ({ name, labelNames, seriesCount: 2 }));
      return { value, warnings: [], infos: [] };
    },
  };
}

function start(...rules: readonly string[]): AdapterSource {
  return startFor(undefined, ...rules);
}

function startFor(demand: MetricDemand | undefined, ...rules: readonly string[]): AdapterSource {
  const source = createAdapterSource({
    files: [file(...rules)],
    prometheus: { get: prometheusOf },
    discovery: {
      read: async () => {
        if (groups instanceof Failure) throw groups;
        return groups;
      },
    },
    objects: { list: () => Promise.reject(new Error('nobody lists objects here')) },
    measured: { pods: () => [], nodes: () => [], pod: () => undefined, node: () => undefined },
    ...(demand === undefined ? {} : { demand }),
    relistIntervalMs: INTERVAL_MS,
    maxAgeMs: 2 * INTERVAL_MS,
    clock,
    log,
  });
  source.start();
  return source;
}

async function listed(source: AdapterSource): Promise<readonly string[]> {
  const metrics = await source.custom.listMetrics(SIGNAL);
  return metrics.map(({ resource, metric }) => `${resource}/${metric}`);
}

describe('the series of rules', () => {
  test('are asked for at the start, and from the end of a listing to the next, as old as they may be', async () => {
    found.set('a', ['a']).set('b', ['b']);
    const source = start(rule('a'), rule('b'), rule('a'));
    expect(await listed(source)).toEqual([]);
    await clock.runBy(2 * INTERVAL_MS);
    expect(asked).toEqual([
      '0 a since -120',
      '0 b since -120',
      '60 a since -60',
      '60 b since -60',
      '120 a since 0',
      '120 b since 0',
    ]);
    expect(await listed(source)).toEqual(['pods/a', 'pods/b']);
    expect(source.standing()).toEqual({
      customMetricsCount: 2,
      externalMetricsCount: 0,
      leftOutCount: 0,
      seriesCount: 4,
      failingSelectorsCount: 0,
      listedAtMs: 120_000,
    });
    source.stop();
  });

  test('of a selector that fails stay, hide no others, and are asked for again soon', async () => {
    found.set('a', ['a']).set('b', ['b']);
    const source = start(rule('a'), rule('b'));
    await clock.runBy(1);
    found.delete('a');
    found.set('b', ['b', 'b2']);
    await clock.runBy(INTERVAL_MS);
    expect(await listed(source)).toEqual(['pods/a', 'pods/b', 'pods/b2']);
    expect(source.standing()).toMatchObject({ failingSelectorsCount: 1, listedAtMs: 0 });
    asked = [];
    await clock.runBy(16_000);
    expect(asked.map((each) => each.replace(/ since.*/, ''))).toEqual(['65 a', '75 a']);
    found.set('a', ['a']);
    await clock.runBy(INTERVAL_MS);
    expect(source.standing().failingSelectorsCount).toBe(0);
    expect(told).toEqual([expect.stringContaining('were not listed'), expect.stringContaining('listed again')]);
    source.stop();
  });

  test('that fail at the first time are not waited for until the next', async () => {
    const source = start(rule('a'));
    await clock.runBy(4_999);
    found.set('a', ['a']);
    expect(await listed(source)).toEqual([]);
    await clock.runBy(1);
    expect(await listed(source)).toEqual(['pods/a']);
    source.stop();
  });

  test('make the same list for as long as they are the same', async () => {
    found.set('a', ['a']);
    const source = start(rule('a'));
    await clock.runBy(1);
    const first = await source.custom.listMetrics(SIGNAL);
    await clock.runBy(INTERVAL_MS);
    expect(await source.custom.listMetrics(SIGNAL)).toBe(first);
    found.set('a', ['a', 'other']);
    await clock.runBy(INTERVAL_MS);
    expect(await listed(source)).toEqual(['pods/a', 'pods/other']);
    source.stop();
  });

  test('are not asked for once the adapter has ended', async () => {
    found.set('a', ['a']);
    const source = start(rule('a'));
    await clock.runBy(1);
    source.stop();
    asked = [];
    await clock.runBy(10 * INTERVAL_MS);
    expect(asked).toEqual([]);
  });
});

describe('kinds of the cluster', () => {
  test('that come later are found within a minute; until then their part of a rule leads nowhere', async () => {
    found.set('a', ['a']);
    const source = start(rule('a', 'widget'));
    await clock.runBy(1);
    expect(await listed(source)).toEqual([]);
    groups = [CORE, group('example.com', 'widgets', 'Widget')];
    await clock.runBy(60_000);
    expect(await listed(source)).toEqual(['widgets.example.com/a']);
    source.stop();
  });

  test('whose server does not answer stay as they were', async () => {
    found.set('a', ['a']);
    groups = [CORE, group('example.com', 'widgets', 'Widget')];
    const source = start(rule('a', 'widget'));
    await clock.runBy(1);
    groups = [CORE, group('example.com', 'widgets', 'Widget', 'stale')];
    await clock.runBy(60_000);
    expect(await listed(source)).toEqual(['widgets.example.com/a']);
    source.stop();
  });

  test('that cannot be read are asked for again soon', async () => {
    found.set('a', ['a']);
    groups = new Failure('unavailable', 'connection refused');
    const source = start(rule('a'));
    await clock.runBy(1);
    groups = [CORE];
    await clock.runBy(5_000);
    expect(await listed(source)).toEqual(['pods/a']);
    source.stop();
  });
});

describe('several backends', () => {
  const named = (backend: string, selector: string): string =>
    rule(selector).replace('metricsQuery', `prometheus: ${backend}\n  metricsQuery`);

  test('each has the rules that name it; one that is down hides nothing of the others', async () => {
    found.set('same', ['plain']).set('team/same', ['theirs']);
    const kinds = [CORE, group('', 'namespaces', 'Namespace')];
    const resources = kinds.flatMap(({ versions }) => versions.flatMap((version) => version.resources));
    groups = [{ name: '', versions: [{ version: 'v1', resources }] }];
    const source = start(rule('same'), named('team', 'same'), named('down', 'same'));
    await clock.runBy(1);
    expect(asked.map((each) => each.replace(/ since.*/, ''))).toEqual(['0 same', '0 team/same', '0 down/same']);
    expect(await listed(source)).toEqual(['namespaces/plain', 'namespaces/theirs', 'pods/plain', 'pods/theirs']);
    expect(source.standing().failingSelectorsCount).toBe(1);
    asked = [];
    const of = { namespace: 'shop', resource: 'pods', name: 'x', labelSelector: '', metricSelector: '' };
    for (const metric of ['plain', 'theirs']) await source.custom.getValues({ ...of, metric }, SIGNAL);
    expect(asked).toEqual([
      'sum(plain{namespace="shop",thing="x"}) by (thing)',
      'team/sum(theirs{namespace="shop",thing="x"}) by (thing)',
    ]);
    source.stop();
  });

  test('one that does not answer holds up no other, and rules that come later wait for theirs', async () => {
    found.set('same', ['plain']).set('team/same', ['theirs']).set('other', ['more']);
    const { promise, resolve } = Promise.withResolvers<void>();
    slow.set('team', promise);
    const source = start(rule('same'), named('team', 'same'));
    const running = clock.runBy(1);
    while ((await listed(source)).length === 0) await setImmediate();
    expect(await listed(source)).toEqual(['pods/plain']);
    expect(source.standing().listedAtMs).toBeNull();
    resolve();
    await running;
    expect(await listed(source)).toEqual(['pods/plain', 'pods/theirs']);
    expect(source.standing().listedAtMs).toBe(0);
    source.stop();
  });

  test('a rule that goes to another backend has its series from there', async () => {
    found.set('same', ['plain']).set('team/same', ['theirs']);
    const source = start(rule('same'));
    await clock.runBy(1);
    source.adopt([file(named('team', 'same'))]);
    await clock.runBy(1);
    expect(await listed(source)).toEqual(['pods/theirs']);
    source.stop();
  });
});

describe('other rules', () => {
  test('are in use once their series were asked for; what the old ones found stays until then', async () => {
    found.set('a', ['a']).set('b', ['b']);
    const source = start(rule('a'));
    await clock.runBy(1);
    expect(source.adopt([file(rule('b'))]).kind).toBe('compiled');
    expect(await listed(source)).toEqual(['pods/a']);
    await clock.runBy(1);
    expect(await listed(source)).toEqual(['pods/b']);
    expect(source.standing().seriesCount).toBe(2);
    source.stop();
  });

  test('whose series cannot be listed are in use all the same', async () => {
    found.set('a', ['a']);
    const source = start(rule('a'));
    await clock.runBy(1);
    source.adopt([file(rule('b'))]);
    await clock.runBy(1);
    expect(await listed(source)).toEqual([]);
    source.stop();
  });

  test('over the same series are in use at once', async () => {
    found.set('a', ['a']);
    const source = start(rule('a'));
    await clock.runBy(1);
    source.adopt([file(rule('a').replace('metricsQuery', 'name: {as: called}\n  metricsQuery'))]);
    expect(await listed(source)).toEqual(['pods/called']);
    source.stop();
  });

  test('that are bad are refused, and the old ones stay', async () => {
    found.set('a', ['a']);
    const source = start(rule('a'));
    await clock.runBy(1);
    expect(source.adopt([file(rule('a').replace('<<.Series>>', '<<.Series'))])).toMatchObject({
      kind: 'refused',
      problems: [{ file: 'rules.yaml', path: 'rules[0].metricsQuery', place: { line: 4 } }],
    });
    expect(await listed(source)).toEqual(['pods/a']);
    source.stop();
  });
});

describe('what somebody asks for', () => {
  const fixed = (selector: string, name: string): string =>
    rule(`'{job="${selector}"}'`).replace('metricsQuery', `name: {as: ${name}}\n  metricsQuery`);

  /** Wants what the test says. */
  function demanding() {
    let wanted: WantedMetrics | undefined;
    const listeners = new Set<() => void>();
    const demand: MetricDemand = {
      get wanted() {
        return wanted;
      },
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const want = (...custom: readonly string[]): void => {
      wanted = { custom: new Set(custom), external: new Set() };
      for (const listener of listeners) listener();
    };
    return { demand, want, listeners };
  }

  test('is listed alone: nothing before it is known, at once when it comes, no more when it goes', async () => {
    found.set('{job="a"}', ['a']).set('{job="b"}', ['b']);
    const { demand, want, listeners } = demanding();
    const source = startFor(demand, fixed('a', 'first'), fixed('b', 'second'));
    await clock.runBy(INTERVAL_MS);
    expect([asked, await listed(source)]).toEqual([[], []]);
    want('second', 'of_no_rule');
    await clock.runBy(1);
    expect(await listed(source)).toEqual(['pods/second']);
    want('first', 'second');
    await clock.runBy(1);
    expect(await listed(source)).toEqual(['pods/first', 'pods/second']);
    want('first');
    expect(await listed(source)).toEqual(['pods/first']);
    asked = [];
    await clock.runBy(INTERVAL_MS);
    expect(asked).toEqual([expect.stringContaining('{job="a"}')]);
    expect(told).toEqual(Array.from({ length: 3 }, () => expect.stringContaining('HPAs ask for other metrics')));
    source.stop();
    expect(listeners.size).toBe(0);
  });

  test('counts for rules that come later too', async () => {
    found.set('{job="a"}', ['a']).set('{job="b"}', ['b']);
    const { demand, want } = demanding();
    const source = startFor(demand, fixed('a', 'first'));
    want('first');
    await clock.runBy(1);
    source.adopt([file(fixed('b', 'second'), fixed('a', 'first'))]);
    await clock.runBy(1);
    expect(await listed(source)).toEqual(['pods/first']);
    source.adopt([file(fixed('b', 'first'))]);
    expect(await listed(source)).toEqual(['pods/first']);
    await clock.runBy(1);
    expect(asked.map((each) => each.replace(/ since.*/, ''))).toEqual([
      '0 {job="a"}',
      expect.stringContaining('{job="b"}'),
    ]);
    source.stop();
  });
});
