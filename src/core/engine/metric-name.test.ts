import { expect, it } from 'vitest';
import type { LabelSelector } from '../autoscaling/types.ts';
import { printLabelSelector } from './metric-name.ts';

it.each<{ why: string; selector: LabelSelector | undefined; text: string }>([
  { why: 'none', selector: undefined, text: 'nil' },
  {
    why: 'an empty one',
    selector: {},
    text: '&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{},}',
  },
  {
    why: 'labels by key',
    selector: { matchLabels: { b: '2', a: '1' } },
    text: '&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{},}',
  },
  {
    why: 'labels already in order',
    selector: { matchLabels: { a: '1', b: '2' } },
    text: '&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{},}',
  },
  {
    why: 'values as written',
    selector: {
      matchExpressions: [
        { key: 't', operator: 'In', values: ['y', 'x'] },
        { key: 'k', operator: 'Exists' },
      ],
    },
    text: '&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:t,Operator:In,Values:[y x],},LabelSelectorRequirement{Key:k,Operator:Exists,Values:[],},},}',
  },
])('prints $why as upstream does', ({ selector, text }) => {
  expect(printLabelSelector(selector)).toBe(text);
});
