import { describe, expect, it } from 'vitest';
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelKeyProblems,
  labelValueProblems,
  pathSegmentProblems,
} from './name-syntax.ts';

const LABEL_NAME =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

describe('DNS names', () => {
  it.each([
    ['web', []],
    ['a.b', ['must not contain dots']],
    ['a'.repeat(64), ['must be no more than 63 characters']],
  ])('label %s', (text, problems) => {
    expect(dnsLabelProblems(text)).toEqual(problems);
  });

  it.each([
    ['a.b', []],
    ['A', [SUBDOMAIN]],
    ['', [SUBDOMAIN]],
    ['a'.repeat(254), ['must be no more than 253 characters']],
  ])('subdomain %s', (text, problems) => {
    expect(dnsSubdomainProblems(text)).toEqual(problems);
  });
});

describe('labels', () => {
  it.each([
    ['app', []],
    ['example.com/App_1', []],
    ['/x', ['prefix part must be non-empty']],
    ['A/x', [`prefix part ${SUBDOMAIN}`]],
    [`${'a'.repeat(254)}/x`, ['prefix part must be no more than 253 bytes']],
    ['x/', ['name part must be non-empty', `name part ${LABEL_NAME}`]],
    ['n'.repeat(64), ['name part must be no more than 63 bytes']],
    [
      'a/b/c',
      [`a valid label key ${LABEL_NAME} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
    ],
  ])('key %s', (text, problems) => {
    expect(labelKeyProblems(text)).toEqual(problems);
  });

  it('value', () => {
    expect(labelValueProblems('')).toEqual([]);
    expect(labelValueProblems('é'.repeat(32))).toHaveLength(2);
  });
});

it.each([
  ['web', []],
  ['..', ["may not be '..'"]],
  ['a/%', ["may not contain '/'", "may not contain '%'"]],
])('path segment %s', (text, problems) => {
  expect(pathSegmentProblems(text)).toEqual(problems);
});
