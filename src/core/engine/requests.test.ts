import { expect, it } from 'vitest';
import { readyPod } from '../../../test/fixtures/engine-facts.ts';
import type { Int64 } from './facts.ts';
import { type ContainerTexts, type PodRequestTexts, projectPodRequests } from './pod-requests.ts';
import { readRequests } from './requests.ts';

function container(name: string, cpu: number | string | null): ContainerTexts {
  return { name, requests: cpu === null ? {} : { cpu: typeof cpu === 'number' ? `${cpu}m` : cpu } };
}

function sidecar(name: string, cpu: number | null) {
  return { ...container(name, cpu), isSidecar: true };
}

function init(name: string, cpu: number | null) {
  return { ...container(name, cpu), isSidecar: false };
}

function podAsking(name: string, texts: Partial<PodRequestTexts>) {
  const requests = projectPodRequests({ containers: [], initContainers: [], pod: null, overhead: null, ...texts });
  return readyPod(name, { requests });
}

it.each<{ why: string; requests: Partial<PodRequestTexts>; container?: string; isGateOn?: boolean; result: Int64 }>([
  { why: 'a sum', requests: { containers: [container('a', 100), container('b', 50)] }, result: 150 },
  { why: 'nothing at all', requests: {}, result: 0 },
  {
    why: 'sidecars count',
    requests: { containers: [container('a', 1)], initContainers: [sidecar('s', 2)] },
    result: 3,
  },
  {
    why: 'init containers do not',
    requests: { containers: [container('a', 1)], initContainers: [init('i', 9)] },
    result: 1,
  },
  {
    why: 'the overhead is not in the sum of containers',
    requests: { containers: [container('a', 1)], overhead: { cpu: '5m' } },
    result: 1,
  },
  { why: 'the pod level wins', requests: { containers: [container('a', 1)], pod: { cpu: '8m' } }, result: 8 },
  { why: 'plus the overhead', requests: { pod: { cpu: '8m' }, overhead: { cpu: '2m' } }, result: 10 },
  { why: 'overhead of another resource', requests: { pod: { cpu: '8m' }, overhead: { memory: '2m' } }, result: 8 },
  { why: 'only the overhead names it', requests: { pod: { memory: '8m' }, overhead: { cpu: '2m' } }, result: 2 },
  {
    why: 'the gate is off',
    requests: { containers: [container('a', 1)], pod: { cpu: '8m' } },
    isGateOn: false,
    result: 1,
  },
  {
    why: 'what cannot be set at pod level does not count as set',
    requests: { containers: [container('a', 1)], pod: { 'example.com/gpu': '1m' } },
    result: 1,
  },
  {
    why: 'aggregated: a container without it counts as nothing',
    requests: { containers: [container('a', 1), container('b', null)], pod: { memory: '8m' } },
    result: 1,
  },
  {
    why: 'aggregated: an init container runs beside the sidecars before it',
    requests: {
      containers: [container('a', 1)],
      initContainers: [init('early', 3), sidecar('s', 2), init('late', 5)],
      pod: { 'hugepages-2Mi': '8m' },
    },
    result: 7,
  },
  {
    why: 'aggregated: containers and sidecars together need more',
    requests: {
      containers: [container('a', 9)],
      initContainers: [sidecar('s', 2), init('i', 1)],
      pod: { memory: '8m' },
    },
    result: 11,
  },
  {
    why: 'aggregated: only an init container names it',
    requests: { initContainers: [init('i', 4)], pod: { memory: '8m' } },
    result: 4,
  },
  {
    why: 'aggregated: the sum is rounded up once',
    requests: { containers: [container('a', '1500u'), container('b', '1500u')], pod: { memory: '8' } },
    result: 3,
  },
  {
    why: 'the overhead is added before the sum is rounded up',
    requests: { pod: { cpu: '1500u' }, overhead: { cpu: '1500u' } },
    result: 3,
  },
  {
    why: 'without pod level each container is rounded up',
    requests: { containers: [container('a', '1500u'), container('b', '1500u')] },
    result: 4,
  },
  {
    why: 'one container alone',
    requests: { containers: [container('a', 1), container('b', null)] },
    container: 'a',
    result: 1,
  },
  {
    why: 'a sidecar alone',
    requests: { initContainers: [init('s', 9), sidecar('s', 2)] },
    container: 's',
    result: 2,
  },
])('reads $result: $why', ({ requests, container: name = '', isGateOn = true, result }) => {
  const pod = podAsking('p', requests);
  expect(readRequests([pod], 'cpu', name, isGateOn)).toEqual({
    kind: 'read',
    ofPod: new Map([[pod.requests, result]]),
  });
});

it.each<{ why: string; requests: Partial<PodRequestTexts>; container?: string; message: string }>([
  {
    why: 'a container lacks it',
    requests: { containers: [container('a', 1), container('b', null)] },
    message: 'missing request for cpu in container b of Pod p',
  },
  {
    why: 'a sidecar lacks it',
    requests: { initContainers: [sidecar('s', null)] },
    message: 'missing request for cpu in container s of Pod p',
  },
  { why: 'no such container', requests: {}, container: 'x', message: 'container x not found in Pod p' },
  {
    why: 'the container lacks it',
    requests: { containers: [container('a', null)] },
    container: 'a',
    message: 'missing request for cpu in container a of Pod p',
  },
  {
    why: 'pod level, and nothing names it',
    requests: { containers: [container('a', null)], pod: { memory: '1m' } },
    message: 'missing pod-level request for cpu in Pod p',
  },
])('fails: $why', ({ requests, container: name = '', message }) => {
  const pod = podAsking('p', requests);
  expect(readRequests([readyPod('fine', { requests: pod.requests }), pod], 'cpu', name, true)).toEqual({
    kind: 'failed',
    message: message.replace('Pod p', 'Pod fine'),
  });
});

it('takes no inherited property for a request', () => {
  const read = readRequests([readyPod('p')], 'constructor', '', true);
  expect(read).toEqual({ kind: 'failed', message: 'missing request for constructor in container app of Pod p' });
});
