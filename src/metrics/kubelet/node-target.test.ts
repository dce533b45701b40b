import { describe, expect, test } from 'vitest';
import { type Node, projectNode } from './node-projection.ts';
import { type NodeTargetOptions, nodeTarget } from './node-target.ts';
import { ScrapeFailure } from './scrape-failure.ts';

const ADDRESSES = [
  { type: 'Hostname', address: 'node-1' },
  { type: 'InternalIP', address: '10.0.0.1' },
  { type: 'InternalIP', address: 'fd00::1' },
];

const OPTIONS: NodeTargetOptions = {
  addressTypes: ['InternalIP', 'ExternalIP', 'Hostname'],
  port: 10250,
  isStatusPortUsed: false,
  scheme: 'https',
};

function nodeOf(status: Node['status'], path?: string): Node {
  const annotations = path === undefined ? {} : { 'metrics.k8s.io/resource-metrics-path': path };
  return { metadata: { name: 'n1', annotations }, ...(status === undefined ? {} : { status }) };
}

const PORT = { daemonEndpoints: { kubeletEndpoint: { Port: 10260 } } };

describe('nodeTarget', () => {
  test.each([
    { why: 'the first type that is there', options: {}, status: {}, url: 'https://10.0.0.1:10250/metrics/resource' },
    {
      why: 'types in the order of the flag, not of the status',
      options: { addressTypes: ['Hostname', 'InternalIP'] },
      status: {},
      url: 'https://node-1:10250/metrics/resource',
    },
    {
      why: 'an IPv6 address stands in brackets',
      options: {},
      status: { addresses: [{ type: 'InternalIP', address: 'fd00::1' }] },
      url: 'https://[fd00::1]:10250/metrics/resource',
    },
    {
      why: 'the port of the status only when told so',
      options: {},
      status: PORT,
      url: 'https://10.0.0.1:10250/metrics/resource',
    },
    {
      why: 'told so',
      options: { isStatusPortUsed: true },
      status: PORT,
      url: 'https://10.0.0.1:10260/metrics/resource',
    },
    {
      why: 'told so, but the status names none',
      options: { isStatusPortUsed: true },
      status: { daemonEndpoints: { kubeletEndpoint: { Port: 0 } } },
      url: 'https://10.0.0.1:10250/metrics/resource',
    },
    {
      why: 'the old port without encryption',
      options: { scheme: 'http' as const, port: 10255 },
      status: {},
      url: 'http://10.0.0.1:10255/metrics/resource',
    },
    {
      why: 'a simulator’s path',
      options: {},
      status: {},
      path: '/metrics/nodes/n1/metrics/resource',
      url: 'https://10.0.0.1:10250/metrics/nodes/n1/metrics/resource',
    },
  ])('$why', ({ options, status, path, url }) => {
    const node = projectNode(nodeOf({ addresses: ADDRESSES, ...status }, path));
    expect(nodeTarget(node, { ...OPTIONS, ...options }).href).toBe(url);
  });

  test.each([
    { why: 'not below /metrics', path: '/run/x' },
    { why: 'another word that begins like it', path: '/metricsx' },
    { why: 'up and out', path: '/metrics/../run/x' },
    { why: 'up and out, encoded', path: '/metrics/%2e%2e/run' },
    { why: 'another host', path: '//evil.example/metrics' },
    { why: 'a URL', path: 'https://evil.example/metrics' },
    { why: 'credentials for another host', path: '@evil.example/metrics' },
    { why: 'a query', path: '/metrics/resource?x=1' },
    { why: 'a fragment', path: '/metrics/resource#x' },
    { why: 'a line break', path: '/metrics/resource\r\nx: y' },
    { why: 'a backslash, which URLs read as a slash', path: '/metrics\\..\\run' },
    { why: 'too long', path: `/metrics/${'a'.repeat(300)}` },
  ])('does not follow an annotation that names $why', ({ path }) => {
    const node = projectNode(nodeOf({ addresses: ADDRESSES }, path));
    expect(problemOf(node)).toMatchObject({ code: 'PathRefused', path: path.slice(0, 100) });
  });

  test.each([
    {
      why: 'no address of a wanted type',
      addresses: [{ type: 'InternalDNS', address: 'x' }],
      problem: { code: 'NoAddress', wantedTypes: OPTIONS.addressTypes, presentTypes: ['InternalDNS'] },
    },
    {
      why: 'no status at all',
      addresses: undefined,
      problem: { code: 'NoAddress', wantedTypes: OPTIONS.addressTypes, presentTypes: [] },
    },
    {
      why: 'an address that is more than a host',
      addresses: [{ type: 'InternalIP', address: 'u@evil.example/x?' }],
      problem: { code: 'NameUnknown', host: 'u@evil.example/x?' },
    },
    {
      why: 'an address that hides the rest of the URL',
      addresses: [{ type: 'InternalIP', address: 'evil.example/metrics/resource#' }],
      problem: { code: 'NameUnknown', host: 'evil.example/metrics/resource#' },
    },
    {
      why: 'an address that is none',
      addresses: [{ type: 'InternalIP', address: '10.0.0.1:99' }],
      problem: { code: 'NameUnknown', host: '10.0.0.1:99' },
    },
  ])('names what is missing: $why', ({ addresses, problem }) => {
    const node = projectNode(nodeOf(addresses === undefined ? undefined : { addresses }));
    expect(problemOf(node)).toEqual(problem);
  });
});

function problemOf(node: ReturnType<typeof projectNode>): unknown {
  try {
    return nodeTarget(node, OPTIONS).href;
  } catch (thrown) {
    return thrown instanceof ScrapeFailure ? thrown.problem : thrown;
  }
}
