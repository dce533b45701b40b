import { expect, test } from 'vitest';
import { startApiServer } from '../../../../test/fixtures/api-server.ts';
import { loopbackUrlOf } from './loopback-services.ts';

interface Row {
  readonly why: string;
  readonly spec?: object;
  readonly port?: number;
  readonly slices?: readonly object[];
  readonly url: string | undefined;
}

const PORTS = [{ name: 'https', port: 443 }];

function slice(addresses: readonly string[], fields: object = {}): object {
  return {
    addressType: addresses[0]?.includes('::') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses }],
    ports: [{ name: 'https', port: 10250 }],
    ...fields,
  };
}

const external = (externalName: string): object => ({ type: 'ExternalName', externalName });

const ROWS: readonly Row[] = [
  { why: 'this machine by name', spec: external('localhost'), port: 4443, url: 'https://localhost:4443' },
  { why: 'this machine by address', spec: external('127.0.3.4'), port: 4443, url: 'https://127.0.3.4:4443' },
  { why: 'another machine', spec: external('example.com'), url: undefined },
  { why: 'a name that only begins like this machine’s', spec: external('localhost.example.com'), url: undefined },
  {
    why: 'an endpoint here, on its own port',
    spec: { ports: PORTS },
    slices: [slice(['127.0.0.1'])],
    url: 'https://127.0.0.1:10250',
  },
  {
    why: 'the address of the sixth version',
    spec: { ports: PORTS },
    slices: [slice(['::1'])],
    url: 'https://[::1]:10250',
  },
  { why: 'an endpoint of a pod of the lab', spec: { ports: PORTS }, slices: [slice(['10.244.0.9'])], url: undefined },
  {
    why: 'a pod that a program listens for',
    spec: { ports: PORTS },
    slices: [slice(['10.244.0.9', '10.244.0.1'])],
    url: 'https://127.0.0.1:34567',
  },
  {
    why: 'such a pod that is not ready',
    spec: { ports: PORTS },
    slices: [slice([], { endpoints: [{ addresses: ['10.244.0.1'], conditions: { ready: false } }] })],
    url: undefined,
  },
  {
    why: 'a pod’s own way before its address, which may be on another port here',
    spec: { ports: PORTS },
    slices: [slice(['127.112.0.1'])],
    url: 'https://127.112.0.1:18250',
  },
  {
    why: 'the second slice',
    spec: { ports: PORTS },
    slices: [slice(['10.244.0.9']), slice(['127.0.0.1'])],
    url: 'https://127.0.0.1:10250',
  },
  {
    why: 'an endpoint that is not ready',
    spec: { ports: PORTS },
    slices: [slice([], { endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: false } }] })],
    url: undefined,
  },
  {
    why: 'a port of another name',
    spec: { ports: PORTS },
    slices: [slice(['127.0.0.1'], { ports: [{ name: 'http', port: 80 }] })],
    url: undefined,
  },
  {
    why: 'a port that the Service does not have',
    spec: { ports: PORTS },
    port: 80,
    slices: [slice(['127.0.0.1'])],
    url: undefined,
  },
  { why: 'no Service', url: undefined },
];

const POD_URLS: Readonly<Record<string, string>> = {
  '10.244.0.1:10250': 'https://127.0.0.1:34567',
  '127.112.0.1:10250': 'https://127.112.0.1:18250',
};

test.each(ROWS)('$why', async ({ spec, port = 443, slices = [], url }) => {
  const server = startApiServer();
  if (spec !== undefined) {
    const body = { metadata: { name: 'metrics-server' }, spec };
    expect((await server.send('POST', '/api/v1/namespaces/kube-system/services', { body })).status).toBe(201);
  }
  for (const [index, each] of slices.entries()) {
    const labels = { 'kubernetes.io/service-name': 'metrics-server' };
    const body = { metadata: { name: `slice-${index}`, labels }, ...each };
    const path = '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices';
    expect((await server.send('POST', path, { body })).status).toBe(201);
  }
  const service = { namespace: 'kube-system', name: 'metrics-server', port };
  const found = loopbackUrlOf(server.apiServer.store, service, (podIp, each) => POD_URLS[`${podIp}:${each}`]);
  expect(found).toBe(url);
  await server.apiServer.close();
});
