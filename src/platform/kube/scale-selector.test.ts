import { expect, test } from 'vitest';
import { convertScaleSelector } from './scale-selector.ts';

const UNREADABLE =
  'received an object from a /scale endpoint which was not convertible to autoscaling Scale: failed to parse target selector: ';

const ROWS: readonly [why: string, text: string, converted: string][] = [
  ['no selector is none afterwards', '', ''],
  ['requirements by key', 'tier=web,app=shop', 'app=shop,tier=web'],
  ['all operators that the object form has', '!d,c,b notin (z,y),a in (x)', 'a in (x),b notin (y,z),c,!d'],
  ['one equality has one spelling', 'app==shop', 'app=shop'],
  ['of two values for one label the later stands', 'app=none,app=shop', 'app=shop'],
];
test.each(ROWS)('%s', (_why, text, converted) => {
  expect(convertScaleSelector(text)).toEqual({ kind: 'selector', text: converted });
});

// The texts are those of kube-controller-manager 1.36 on a custom resource that says so.
const REFUSALS: readonly [why: string, text: string, problem: string][] = [
  ['no grammar', 'app==,', `couldn't parse the selector string "app==,": found '', expected: identifier after ','`],
  ['inequality has no object form', 'app!=none', '"!=" is not a valid label selector operator'],
  ['nor has comparison', 'weight>3', `"gt" isn't supported in label selectors`],
];
test.each(REFUSALS)('refused: %s', (_why, text, problem) => {
  expect(convertScaleSelector(text)).toEqual({ kind: 'invalid', message: `${UNREADABLE}${problem}` });
});
