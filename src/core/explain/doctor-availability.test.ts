import { expect, test } from 'vitest';
import {
  apiService,
  DENIED,
  doctorFacts,
  failed,
  hpaNeeding,
  needed,
  SILENT,
  seen,
  server,
} from '../../../test/fixtures/doctor-facts.ts';
import { diagnose } from './doctor-diagnosis.ts';
import type { DoctorFacts } from './doctor-facts.ts';
import type { DoctorFinding } from './doctor-finding.ts';

const RESOURCE = 'metrics.k8s.io';
const CUSTOM = 'custom.metrics.k8s.io';
const MS = 'kube-system/metrics-server';
const MS_IMAGE = 'registry.k8s.io/metrics-server/metrics-server:v0.8.0';
const CPU = hpaNeeding('web', [needed(RESOURCE, 'cpu', 'pods')]);

/** metrics.k8s.io whose check has failed. */
function broken(reason: string, message = '', changes: Parameters<typeof doctorFacts>[0] = {}): DoctorFacts {
  return doctorFacts({
    apiServices: [failed(RESOURCE, MS, reason, message)],
    groups: [{ group: RESOURCE, versions: seen([{ version: 'v1beta1', resources: SILENT }]) }],
    servers: [server(MS, MS_IMAGE)],
    hpas: [CPU],
    ...changes,
  });
}

const LOST = { api: `${RESOURCE}/v1beta1`, hpaCount: 1, service: MS };
const X509 = `failing or missing response from https://10.0.0.1:443/apis: Get "https://10.0.0.1:443/apis": tls: failed to verify certificate: x509: certificate`;

const ROWS: readonly (readonly [why: string, facts: DoctorFacts, findings: readonly DoctorFinding[]])[] = [
  ['the Service is gone', broken('ServiceNotFound'), [{ code: 'ServiceMissing', ...LOST }]],
  ['the Service has another port', broken('ServicePortError'), [{ code: 'ServicePortMissing', ...LOST, port: 443 }]],
  [
    'the Service selects nothing',
    broken('EndpointsNotFound', '', { servers: [server(MS, MS_IMAGE, { pods: seen([]), deployments: seen([]) })] }),
    [{ code: 'ServerHasNoPods', ...LOST }],
  ],
  [
    'somebody has scaled it away',
    broken('MissingEndpoints', '', {
      servers: [
        server(MS, MS_IMAGE, {
          pods: seen([]),
          deployments: seen([{ name: 'metrics-server', specReplicas: 0, labels: {}, containers: [] }]),
        }),
      ],
    }),
    [{ code: 'ServerScaledToZero', ...LOST, deployment: 'metrics-server' }],
  ],
  [
    'its pods fall',
    broken('MissingEndpoints', '', {
      servers: [
        server(MS, MS_IMAGE, {
          pods: seen([{ name: 'ms-1', isReady: false, trouble: 'CrashLoopBackOff', labels: {}, containers: [] }]),
        }),
      ],
    }),
    [{ code: 'ServerPodsNotReady', ...LOST, podCount: 1, pod: 'ms-1', trouble: 'CrashLoopBackOff' }],
  ],
  [
    'its pods are ready: the name of the port differs',
    broken('MissingEndpoints', 'have no addresses with port name "https"'),
    [{ code: 'EndpointsMissing', ...LOST, message: 'have no addresses with port name "https"' }],
  ],
  [
    'its pods may not be looked at',
    broken('MissingEndpoints', 'none', { servers: [server(MS, MS_IMAGE, { pods: DENIED })] }),
    [
      { code: 'EndpointsMissing', ...LOST, message: 'none' },
      { code: 'Unseen', what: 'pods', where: 'kube-system', isDenied: true, message: 'forbidden' },
    ],
  ],
  [
    'another authority than that of caBundle',
    broken('FailedDiscoveryCheck', `${X509} signed by unknown authority`),
    [{ code: 'AuthorityUnknown', ...LOST, hasCaBundle: true, message: `${X509} signed by unknown authority` }],
  ],
  [
    'a certificate for another name',
    broken('FailedDiscoveryCheck', `${X509} is valid for localhost, not metrics-server.kube-system.svc`),
    [
      {
        code: 'CertificateNames',
        ...LOST,
        serverName: 'metrics-server.kube-system.svc',
        message: `${X509} is valid for localhost, not metrics-server.kube-system.svc`,
      },
    ],
  ],
  [
    'a certificate that has ended',
    broken('FailedDiscoveryCheck', `${X509} has expired or is not yet valid: current time …`),
    [{ code: 'CertificateExpired', ...LOST, message: `${X509} has expired or is not yet valid: current time …` }],
  ],
  [
    'nothing listens there',
    broken('FailedDiscoveryCheck', 'Get "https://10.0.0.1": dial tcp 10.0.0.1:443: connect: connection refused'),
    [
      {
        code: 'ConnectionRefused',
        ...LOST,
        message: 'Get "https://10.0.0.1": dial tcp 10.0.0.1:443: connect: connection refused',
      },
    ],
  ],
  [
    'a network policy swallows it',
    broken('FailedDiscoveryCheck', 'Get "https://10.0.0.1": context deadline exceeded'),
    [{ code: 'ServerSilent', ...LOST, message: 'Get "https://10.0.0.1": context deadline exceeded' }],
  ],
  ...(
    [
      [403, 'its account may not ask who asks', { code: 'ServerDenies', ...LOST, status: 403 }],
      [401, 'it does not know the API server', { code: 'ServerDenies', ...LOST, status: 401 }],
      [404, 'it has no such version', { code: 'ServerLacksApi', ...LOST }],
      [500, 'it fails', { code: 'ServerFails', ...LOST, status: 500 }],
    ] as const
  ).map(
    ([status, why, finding]) =>
      [
        why,
        broken(
          'FailedDiscoveryCheck',
          `failing or missing response from https://a/b: bad status from https://a/b: ${status}`,
        ),
        [finding],
      ] as const,
  ),
  [
    'a reason that no sentence is made for',
    broken('ServiceAccessError', 'etcd is away'),
    [
      {
        code: 'ApiUnavailable',
        api: LOST.api,
        hpaCount: 1,
        reason: 'ServiceAccessError',
        message: 'etcd is away',
      },
    ],
  ],
  [
    'nobody has checked yet',
    doctorFacts({
      apiServices: [apiService(RESOURCE, MS, { available: null })],
      groups: [{ group: RESOURCE, versions: seen([{ version: 'v1beta1', resources: SILENT }]) }],
      servers: [server(MS, MS_IMAGE)],
    }),
    [{ code: 'ApiUnavailable', api: LOST.api, hpaCount: 0, reason: '', message: '' }],
  ],
  [
    'an APIService that an uninstalled adapter has left',
    doctorFacts({
      apiServices: [apiService(CUSTOM, null, { available: { status: 'True', reason: 'Local', message: '' } })],
      groups: [{ group: CUSTOM, versions: seen([{ version: 'v1beta1', resources: SILENT }]) }],
    }),
    [
      {
        code: 'ApiServiceLeftOver',
        api: `${CUSTOM}/v1beta1`,
        hpaCount: 0,
        apiService: `v1beta1.${CUSTOM}`,
      },
    ],
  ],
  [
    'it passes the check, and its list does not come',
    doctorFacts({
      apiServices: [apiService(RESOURCE, MS)],
      groups: [{ group: RESOURCE, versions: seen([{ version: 'v1beta1', resources: SILENT }]) }],
      servers: [server(MS, MS_IMAGE)],
      hpas: [CPU],
    }),
    [{ code: 'ListingFails', api: LOST.api, hpaCount: 1, message: 'service unavailable' }],
  ],
];

test.each(ROWS)('why an API does not answer: %s', (_why, facts, findings) => {
  expect(diagnose(facts).findings).toEqual(findings);
});
