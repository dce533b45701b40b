import { describe, expect, test } from 'vitest';
import { jointQueryOf, outlineOf, type QueriedObjects } from './joint-query.ts';

const PODS: QueriedObjects = { label: 'pod', names: ['a-0', 'a-1'] };
const POD: QueriedObjects = { label: 'pod', names: ['a-0'] };

describe('a query that may be put for others along with its own objects', () => {
  test.each([
    {
      why: 'the chart’s default',
      objects: PODS,
      query: 'sum(rate(requests_total{namespace="shop",pod=~"a-0|a-1"}[5m])) by (pod)',
      text: 'sum(rate(requests_total{namespace="shop",pod=~"x|y.z"}[5m])) by (pod)',
    },
    {
      why: 'of one object, by the label in front, among others that hold the objects down further',
      objects: POD,
      query: 'SUM by (pod,) (queue_length{pod!="",pod="a-0"})',
      text: 'SUM by (pod,) (queue_length{pod!="",pod=~"x|y.z"})',
    },
    {
      why: 'of one object as an expression, the label of the group in quotation marks',
      objects: POD,
      query: 'max({pod=~"a-0"}) by ("pod")',
      text: 'max({pod=~"x|y.z"}) by ("pod")',
    },
    {
      why: 'a share, its parts matched by all labels that are left, which is this one',
      objects: PODS,
      query: '100 * sum(used{pod=~"a-0|a-1"}) by (pod) / sum(limit{pod=~"a-0|a-1"}) by (pod) > 0',
      text: '100 * sum(used{pod=~"x|y.z"}) by (pod) / sum(limit{pod=~"x|y.z"}) by (pod) > 0',
    },
    {
      why: 'matched by the label before the groups',
      objects: PODS,
      query: 'sum(used{pod=~"a-0|a-1"} * on(pod, node) group_left(team) info{pod=~"a-0|a-1"} # who\n) by (pod)',
      text: 'sum(used{pod=~"x|y.z"} * on(pod, node) group_left(team) info{pod=~"x|y.z"} # who\n) by (pod)',
    },
    {
      why: 'matched by everything but another label',
      objects: PODS,
      query: 'avg(used{pod=~"a-0|a-1"} unless ignoring(code) broken{pod=~"a-0|a-1"}) by (pod)',
      text: 'avg(used{pod=~"x|y.z"} unless ignoring(code) broken{pod=~"x|y.z"}) by (pod)',
    },
    {
      why: 'groups within groups, over a time of their own',
      objects: PODS,
      query:
        'clamp_min(-max_over_time((sum by (pod) (sum by (pod, code) (a{pod=~"a-0|a-1"} offset 5m @ end())))[5m:1m]), 1)',
      text: 'clamp_min(-max_over_time((sum by (pod) (sum by (pod, code) (a{pod=~"x|y.z"} offset 5m @ end())))[5m:1m]), 1)',
    },
  ])('$why', ({ query, objects, text }) => {
    const joint = jointQueryOf(query, objects);
    expect(joint?.textFor(['x', 'y.z'])).toBe(text);
    expect(joint?.placesCount).toBe(text.split('"x|y.z"').length - 1);
    const others = { ...objects, names: ['x', 'y.z'] };
    expect(jointQueryOf(text, others)?.textFor(['a'])).toBe(joint?.textFor(['a']));
    expect(outlineOf(text, others)).toEqual(outlineOf(query, objects));
  });

  test.each([
    { why: 'several rows of one object', query: 'a{pod=~"a-0|a-1"}' },
    { why: 'several rows by a further label', query: 'sum(a{pod=~"a-0|a-1"}) by (pod, code)' },
    { why: 'one row for all', query: 'sum(a{pod=~"a-0|a-1"})' },
    { why: 'rows by another label', query: 'sum(a{pod=~"a-0|a-1"}) by (code)' },
    { why: 'rows by all but others', query: 'sum(a{pod=~"a-0|a-1"}) without (code)' },
    { why: 'a share of all', query: 'sum(a{pod=~"a-0|a-1"}) by (pod) / on() group_left sum(a{pod=~"a-0|a-1"})' },
    { why: 'a part that takes all series', query: 'sum(a{pod=~"a-0|a-1"}) by (pod) / sum(b) by (pod)' },
    { why: 'a part that takes other objects', query: 'sum(a{pod=~"a-0|a-1"}) by (pod) / sum(b{pod="a-0"}) by (pod)' },
    { why: 'objects left out', query: 'sum(a{pod!~"a-0|a-1"}) by (pod)' },
    { why: 'one object of that very name', query: 'sum(a{pod="a-0|a-1"}) by (pod)' },
    { why: 'a number of all', query: 'sum(a{pod=~"a-0|a-1"}) by (pod) / scalar(sum(a{pod=~"a-0|a-1"}))' },
    { why: 'the largest of all', query: 'sum(topk(1, a{pod=~"a-0|a-1"})) by (pod)' },
    { why: 'a label that is made', query: 'sum(label_replace(a{pod=~"a-0|a-1"}, "pod", "x", "", "")) by (pod)' },
    { why: 'rows where there are none', query: 'sum(absent(a{pod=~"a-0|a-1"})) by (pod)' },
    { why: 'rows matched by another label', query: 'sum(a{pod=~"a-0|a-1"} * on(node) b{pod=~"a-0|a-1"}) by (pod)' },
    {
      why: 'rows matched by all labels but this one, in quotation marks',
      query: 'sum(a{pod=~"a-0|a-1"} * ignoring("pod") b{pod=~"a-0|a-1"}) by (pod)',
    },
    {
      why: 'the label copied from elsewhere',
      query: 'sum(a{pod=~"a-0|a-1"} * ignoring(pod) group_left(pod) b{pod=~"a-0|a-1"}) by (pod)',
    },
    { why: 'values filled in', query: 'sum(a{pod=~"a-0|a-1"}) by (pod) + fill(0) sum(b{pod=~"a-0|a-1"}) by (pod)' },
    { why: 'no rows of objects', query: '1' },
    { why: 'no PromQL', query: 'sum(a{pod=~"a-0|a-1"}) by (pod' },
    { why: 'a row of its own', query: 'sum(a{pod=~"a-0|a-1"}) by (pod) or vector(0)' },
  ])('$why: only for its own', ({ query }) => {
    expect(jointQueryOf(query, PODS)).toBeUndefined();
  });

  test.each([
    { why: 'a name that means something in an expression', objects: { label: 'pod', names: ['a+'] } },
    { why: 'no name', objects: { label: 'pod', names: [''] } },
    { why: 'nobody', objects: { label: 'pod', names: [] } },
    { why: 'a label that is written with quotation marks', objects: { label: 'my.pod', names: ['a'] } },
    { why: 'names of series', objects: { label: '__name__', names: ['a'] } },
  ])('$why: only for its own', ({ objects }) => {
    const matcher = `${objects.label}="${objects.names.join('|')}"`;
    expect(jointQueryOf(`sum(a{${matcher}}) by (${objects.label})`, objects)).toBeUndefined();
  });
});

describe('outlines of queries', () => {
  const one = { label: 'pod', names: ['a'] };
  test.each([
    { why: 'one name, compared', query: 'sum(m{pod="a"}) by (pod)', objects: one, isSame: true },
    { why: 'one name, matched, with room', query: 'sum(m{pod =~ "a"}) by (pod)', objects: one, isSame: false },
    { why: 'one name, excluded', query: 'sum(m{pod!="a"}) by (pod)', objects: one, isSame: false },
    { why: 'one name, not matched', query: 'sum(m{pod!~"a"}) by (pod)', objects: one, isSame: false },
    { why: 'several, compared', query: 'sum(m{pod="a|b"}) by (pod)', objects: PODS, isSame: false },
    { why: 'another metric', query: 'sum(n{pod="a"}) by (pod)', objects: one, isSame: false },
    { why: 'by another label', query: 'sum(m{pod="a"}) by (pod)', objects: { ...one, label: 'node' }, isSame: false },
  ])('$why', ({ query, objects, isSame }) => {
    const several = outlineOf('sum(m{pod=~"x|y.z"}) by (pod)', { label: 'pod', names: ['x', 'y.z'] });
    const outline = outlineOf(query, objects);
    expect(JSON.stringify(outline) === JSON.stringify(several)).toBe(isSame);
  });

  test.each([
    { why: 'no object is named', query: 'sum(m) by (pod)', objects: one },
    { why: 'a name that means more', query: 'sum(m{pod="a+"}) by (pod)', objects: { label: 'pod', names: ['a+'] } },
    { why: 'no names', query: 'sum(m{pod=""}) by (pod)', objects: { label: 'pod', names: [] } },
    { why: 'the label of metrics', query: 'sum({__name__="a"})', objects: { label: '__name__', names: ['a'] } },
  ])('none: $why', ({ query, objects }) => {
    expect(outlineOf(query, objects)).toBeUndefined();
  });
});
