import { describe, expect, test } from 'vitest';
import { type MediaType, negotiate } from './negotiation.ts';

const ALL: readonly MediaType[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const table = (version: string): string => `application/json;as=Table;v=${version};g=meta.k8s.io`;

/** `json`, `json as Table v1`, … */
function agreed(accept: string | null, canTransform = true): string {
  const form = negotiate(accept, { mediaTypes: ALL, canTransform });
  if (form === undefined) return 'none';
  const { mediaType, transform, isPretty } = form;
  const name = mediaType.replace('application/', '').replace('vnd.kubernetes.', '');
  return [
    name,
    ...(transform ? [`as ${transform.kind} ${transform.version}`] : []),
    ...(isPretty ? ['pretty'] : []),
  ].join(' ');
}

describe('what is agreed on', () => {
  const rows: readonly (readonly [why: string, accept: string | null, expected: string])[] = [
    ['no header', null, 'json'],
    ['an empty one', '', 'json'],
    ['anything', '*/*', 'json'],
    ['kubectl top and the HPA controller prefer protobuf', `${PROTOBUF}, */*`, 'protobuf'],
    ['a wildcard waits, wherever it is written', `*/*, ${PROTOBUF}`, 'protobuf'],
    ['kubectl get wants rows', `${table('v1')},${table('v1beta1')},application/json`, 'json as Table v1'],
    ['an older kubectl wants older rows', table('v1beta1'), 'json as Table v1beta1'],
    ['rows of a version that there is not', table('v2'), 'none'],
    ['and the next choice', `${table('v2')},application/json`, 'json'],
    ['rows in YAML', 'application/yaml;as=Table;v=v1;g=meta.k8s.io', 'yaml as Table v1'],
    ['nobody has rows in protobuf', `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io`, 'none'],
    [
      'metadata in protobuf',
      `${PROTOBUF};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`,
      'protobuf as PartialObjectMetadataList v1',
    ],
    ['a kind that there is not', 'application/json;as=Nonsense;v=v1;g=meta.k8s.io', 'none'],
    ['the better quality wins', 'application/json;q=0.1,application/yaml;q=0.2', 'yaml'],
    ['a quality that is no number is none', 'application/json;q=x,application/yaml;q=0.2', 'yaml'],
    ['an unknown parameter is passed over', 'application/json;charset=utf-8', 'json'],
    ['a parameter with two equals signs is passed over', 'application/json;as==Table', 'json'],
    ['indented', 'application/json;pretty=1', 'json pretty'],
    ['the form of a watch is given to a list too, as upstream', 'application/json;stream=watch', 'json'],
    ['another stream is not', 'application/json;stream=x', 'none'],
    ['names are written small', 'application/JSON', 'none'],
    ['what nobody speaks', 'text/html', 'none'],
    ['no media type', 'nonsense', 'none'],
    ['too many slashes', 'application/json/x', 'none'],
  ];
  test.each(rows)('%s', (_why, accept, expected) => {
    expect(agreed(accept)).toBe(expected);
  });

  test('errors have one form', () => {
    expect(agreed(table('v1'), false)).toBe('none');
    expect(agreed(`${table('v1')},application/json`, false)).toBe('json');
  });
});
