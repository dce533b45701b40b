import { describe, expect, test } from 'vitest';
import { readRequestTarget } from './request-attributes.ts';

const G = '/apis/metrics.k8s.io/v1beta1';
const EMPTY = {
  kind: 'resource',
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  namespace: '',
  resource: 'pods',
  subresource: '',
  name: '',
  fieldRequirements: [],
  labelRequirements: [],
};

describe('what a request wants', () => {
  const rows: readonly (readonly [why: string, method: string, target: string, wanted: Record<string, unknown>])[] = [
    ['a list of all namespaces', 'GET', `${G}/pods`, { verb: 'list' }],
    ['a list of one', 'GET', `${G}/namespaces/shop/pods`, { verb: 'list', namespace: 'shop' }],
    ['one object', 'GET', `${G}/namespaces/shop/pods/web`, { verb: 'get', namespace: 'shop', name: 'web' }],
    ['a node', 'GET', `${G}/nodes/n1`, { verb: 'get', resource: 'nodes', name: 'n1' }],
    ['HEAD reads too', 'HEAD', `${G}/pods`, { verb: 'list' }],
    ['a slash at the end is none', 'GET', `${G}/pods/`, { verb: 'list' }],
    ['a watch', 'GET', `${G}/pods?watch=1`, { verb: 'watch' }],
    ['a watch without a value', 'GET', `${G}/pods?watch`, { verb: 'watch' }],
    ['no watch', 'GET', `${G}/pods?watch=False`, { verb: 'list' }],
    ['the first of two counts', 'GET', `${G}/pods?watch=0&watch=1`, { verb: 'list' }],
    [
      'a watch of a named object is a get',
      'GET',
      `${G}/namespaces/a/pods/b?watch=1`,
      { verb: 'get', namespace: 'a', name: 'b' },
    ],
    ['a watch in the path', 'GET', `${G}/watch/namespaces/a/pods`, { verb: 'watch', namespace: 'a' }],
    ['a proxy has no subresource', 'GET', `${G}/proxy/nodes/n1/x`, { verb: 'proxy', resource: 'nodes', name: 'n1' }],
    [
      'a namespace itself',
      'GET',
      `${G}/namespaces/a`,
      { verb: 'get', resource: 'namespaces', namespace: 'a', name: 'a' },
    ],
    [
      'what is below a namespace without being in it',
      'PUT',
      `${G}/namespaces/a/status`,
      { verb: 'update', resource: 'namespaces', namespace: 'a', name: 'a', subresource: 'status' },
    ],
    [
      'a subresource, as metrics of objects are',
      'GET',
      '/apis/custom.metrics.k8s.io/v1beta2/namespaces/a/pods/%2A/rps',
      {
        group: 'custom.metrics.k8s.io',
        version: 'v1beta2',
        verb: 'get',
        namespace: 'a',
        name: '*',
        subresource: 'rps',
      },
    ],
    ['the core group', 'GET', '/api/v1/pods', { group: '', version: 'v1', verb: 'list' }],
    ['a creation', 'POST', `${G}/pods`, { verb: 'create' }],
    ['a deletion of all', 'DELETE', `${G}/pods`, { verb: 'deletecollection' }],
    ['a deletion', 'DELETE', `${G}/pods/x`, { verb: 'delete', name: 'x' }],
    [
      'a list of one by its name',
      'GET',
      `${G}/pods?fieldSelector=metadata.name%3Dweb,status.phase!%3DRunning`,
      {
        verb: 'list',
        name: 'web',
        fieldRequirements: [
          { key: 'metadata.name', operator: 'In', values: ['web'] },
          { key: 'status.phase', operator: 'NotIn', values: ['Running'] },
        ],
      },
    ],
    [
      'a name that no path can have is none',
      'GET',
      `${G}/pods?fieldSelector=metadata.name%3Da/b`,
      { verb: 'list', fieldRequirements: [{ key: 'metadata.name', operator: 'In', values: ['a/b'] }] },
    ],
    ['half a field selector selects nothing away', 'GET', `${G}/pods?fieldSelector=metadata.name`, { verb: 'list' }],
    [
      'an escaped comma belongs to the value',
      'GET',
      `${G}/pods?fieldSelector=${encodeURIComponent('a==b\\,c')}`,
      { verb: 'list', fieldRequirements: [{ key: 'a', operator: 'In', values: ['b,c'] }] },
    ],
    [
      'labels, each operator in its API form; what has none is left out',
      'GET',
      `${G}/pods?labelSelector=${encodeURIComponent('a=b,c in (d,e),!f,g,h notin (i),j>1')}`,
      {
        verb: 'list',
        labelRequirements: [
          { key: 'a', operator: 'In', values: ['b'] },
          { key: 'c', operator: 'In', values: ['d', 'e'] },
          { key: 'f', operator: 'DoesNotExist' },
          { key: 'g', operator: 'Exists' },
          { key: 'h', operator: 'NotIn', values: ['i'] },
        ],
      },
    ],
    ['a broken label selector is the handler’s to refuse', 'GET', `${G}/pods?labelSelector=a in`, { verb: 'list' }],
    ['escaped letters are letters', 'GET', `${G}/namespaces/sh%6Fp/p%6fds`, { verb: 'list', namespace: 'shop' }],
  ];
  test.each(rows)('%s', (_why, method, target, wanted) => {
    expect(readRequestTarget(method, target)).toEqual({ kind: 'read', attributes: { ...EMPTY, ...wanted } });
  });

  const paths: readonly (readonly [why: string, method: string, target: string, verb: string, path: string])[] = [
    ['the root', 'GET', '/', 'get', '/'],
    ['metrics', 'GET', '/metrics?x=1', 'get', '/metrics'],
    ['any method is a verb', 'POST', '/metrics', 'post', '/metrics'],
    ['discovery', 'GET', '/apis', 'get', '/apis'],
    ['discovery of a group', 'GET', '/apis/metrics.k8s.io', 'get', '/apis/metrics.k8s.io'],
    ['discovery of a version', 'GET', `${G}/`, 'get', `${G}/`],
    ['discovery of the core group', 'GET', '/api/v1', 'get', '/api/v1'],
    ['what begins like an API', 'GET', '/apisx/a/b/c/d', 'get', '/apisx/a/b/c/d'],
  ];
  test.each(paths)('%s', (_why, method, target, verb, path) => {
    expect(readRequestTarget(method, target)).toEqual({ kind: 'read', attributes: { kind: 'path', verb, path } });
  });
});
