import { expect, it } from 'vitest';
import type { LabelSelector, MetricSpec, MetricTarget } from '../autoscaling/types.ts';
import { innerPrefix, outerPrefix, queryFailure } from './metric-failure.ts';
import { type MetricSource, readMetricSource } from './metric-source.ts';

const VALUE: MetricTarget = { type: 'Value', value: '3' };
const AVERAGE: MetricTarget = { type: 'AverageValue', averageValue: '2' };
const UTILIZATION: MetricTarget = { type: 'Utilization', averageUtilization: 60 };
const BAD_SELECTOR: LabelSelector = { matchExpressions: [{ key: 'a', operator: 'Foo' }] };
const SERVICE = { kind: 'Service', name: 'front' };

function resource(target: MetricTarget): MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target } };
}

function container(target: MetricTarget): MetricSpec {
  return { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'app', target } };
}

function pods(target: MetricTarget, selector?: LabelSelector): MetricSpec {
  return { type: 'Pods', pods: { metric: { name: 'm', ...(selector && { selector }) }, target } };
}

function object(target: MetricTarget, selector?: LabelSelector): MetricSpec {
  return {
    type: 'Object',
    object: { metric: { name: 'm', ...(selector && { selector }) }, target, describedObject: SERVICE },
  };
}

function external(target: MetricTarget, selector?: LabelSelector): MetricSpec {
  return { type: 'External', external: { metric: { name: 'm', ...(selector && { selector }) }, target } };
}

it.each<{ why: string; spec: MetricSpec; kind: MetricSource['kind']; name: string }>([
  {
    why: 'percent of the request',
    spec: resource(UTILIZATION),
    kind: 'utilization',
    name: 'cpu resource utilization (percentage of request)',
  },
  {
    why: 'the average beats the percent, whatever the type',
    spec: resource({ ...UTILIZATION, averageValue: '1' }),
    kind: 'averageValue',
    name: 'cpu resource',
  },
  {
    why: 'one container',
    spec: container(UTILIZATION),
    kind: 'utilization',
    name: 'cpu container resource utilization (percentage of request)',
  },
  { why: 'one container, average', spec: container(AVERAGE), kind: 'averageValue', name: 'cpu resource' },
  { why: 'pods', spec: pods(AVERAGE), kind: 'podsAverage', name: 'pods metric m' },
  { why: 'object value', spec: object(VALUE), kind: 'objectValue', name: 'Service metric m' },
  {
    why: 'object average, called external as upstream does',
    spec: object(AVERAGE),
    kind: 'objectAverage',
    name: 'external metric m(nil)',
  },
  {
    why: 'external value',
    spec: external({ type: 'Utilization', value: '3' }),
    kind: 'externalValue',
    name: 'external metric m(nil)',
  },
  {
    why: 'the average beats the value',
    spec: external({ ...VALUE, averageValue: '2' }),
    kind: 'externalAverage',
    name: 'external metric m(nil)',
  },
])('$kind: $why', ({ spec, kind, name }) => {
  const source = readMetricSource(spec);
  expect([source.kind, source.name]).toEqual([kind, name]);
});

const NO_RESOURCE_TARGET =
  'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set';
const NO_EXTERNAL_TARGET = 'invalid external metric source: neither a value target nor an average value target was set';
const NO_OBJECT_TARGET = 'invalid object metric source: neither a value target nor an average value target was set';

it.each<{ why: string; spec: MetricSpec; inner: string; outer: string }>([
  { why: 'an unknown type', spec: { type: 'Cosmic' }, inner: 'unknown metric source type "Cosmic"', outer: '' },
  {
    why: 'no source',
    spec: { type: 'Resource' },
    inner: NO_RESOURCE_TARGET,
    outer: 'failed to get  resource metric value: ',
  },
  {
    why: 'no container source',
    spec: { type: 'ContainerResource' },
    inner: NO_RESOURCE_TARGET,
    outer: 'failed to get  container metric value: ',
  },
  {
    why: 'a value for a resource',
    spec: resource(VALUE),
    inner: NO_RESOURCE_TARGET,
    outer: 'failed to get cpu resource metric value: ',
  },
  {
    why: 'no quantity',
    spec: resource({ type: 'AverageValue', averageValue: 'x' }),
    inner: 'invalid target "x"',
    outer: 'failed to get cpu resource metric value: ',
  },
  {
    why: 'no pods source',
    spec: { type: 'Pods' },
    inner: 'invalid target ""',
    outer: 'failed to get pods metric value: ',
  },
  {
    why: 'pods selector',
    spec: pods(AVERAGE, BAD_SELECTOR),
    inner: '"Foo" is not a valid label selector operator',
    outer: 'failed to get pods metric value: ',
  },
  {
    why: 'no object source',
    spec: { type: 'Object' },
    inner: NO_OBJECT_TARGET,
    outer: 'failed to get object metric value: ',
  },
  {
    why: 'type and field disagree',
    spec: object({ type: 'Value', averageValue: '2' }),
    inner: NO_OBJECT_TARGET,
    outer: 'failed to get object metric value: ',
  },
  {
    why: 'object selector',
    spec: object(VALUE, BAD_SELECTOR),
    inner: '"Foo" is not a valid label selector operator',
    outer: 'failed to get object metric value: ',
  },
  {
    why: 'object quantity',
    spec: object({ type: 'Value', value: 'x' }),
    inner: 'invalid target "x"',
    outer: 'failed to get object metric value: ',
  },
  {
    why: 'no external source',
    spec: { type: 'External' },
    inner: NO_EXTERNAL_TARGET,
    outer: 'failed to get  external metric value: ',
  },
  {
    why: 'external selector',
    spec: external(VALUE, BAD_SELECTOR),
    inner: '"Foo" is not a valid label selector operator',
    outer: 'failed to get m external metric value: failed to get external metric m: ',
  },
  {
    why: 'external quantity',
    spec: external({ type: 'AverageValue', averageValue: 'x' }),
    inner: 'invalid target "x"',
    outer: 'failed to get m external metric value: failed to get m external metric: ',
  },
])('cannot be computed: $why', ({ spec, inner, outer }) => {
  const source = readMetricSource(spec);
  expect(source.kind === 'invalid' ? [source.innerText, source.outerText] : source).toEqual([inner, outer + inner]);
});

it.each<{ spec: MetricSpec; texts: readonly [inner: string, outer: string, query: string] }>([
  {
    spec: resource(UTILIZATION),
    texts: [
      'failed to get cpu utilization: ',
      'failed to get cpu resource metric value: ',
      'unable to get metrics for resource cpu: boom',
    ],
  },
  {
    spec: container(AVERAGE),
    texts: [
      'failed to get cpu usage: ',
      'failed to get app container metric value: ',
      'unable to get metrics for resource cpu: boom',
    ],
  },
  { spec: pods(AVERAGE), texts: ['', 'failed to get pods metric value: ', 'unable to get metric m: boom'] },
  {
    spec: object(VALUE),
    texts: ['', 'failed to get object metric value: ', 'unable to get metric m: Service on shop front/boom'],
  },
  {
    spec: object(AVERAGE),
    texts: [
      '',
      'failed to get object metric value: failed to get m object metric: ',
      'unable to get metric m: Service on shop front/boom',
    ],
  },
  {
    spec: external(VALUE),
    texts: [
      '',
      'failed to get m external metric value: failed to get external metric m: ',
      'unable to get external metric shop/m/nil: boom',
    ],
  },
  {
    spec: external(AVERAGE, { matchLabels: { a: '1' } }),
    texts: [
      '',
      'failed to get m external metric value: failed to get m external metric: ',
      'unable to get external metric shop/m/&LabelSelector{MatchLabels:map[string]string{a: 1,},MatchExpressions:[]LabelSelectorRequirement{},}: boom',
    ],
  },
])('words its failures as upstream does: $texts.2', ({ spec, texts }) => {
  const source = readMetricSource(spec);
  if (source.kind === 'invalid') throw new Error(source.innerText);
  expect([innerPrefix(source), outerPrefix(source), queryFailure(source, 'shop', 'boom')]).toEqual(texts);
});
