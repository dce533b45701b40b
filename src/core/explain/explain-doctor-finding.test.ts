import { describe, expect, test } from 'vitest';
import { type DoctorFinding, type DoctorFindingOf, severityOfDoctorFinding } from './doctor-finding.ts';
import { doctorReportIn, explainDoctorFinding } from './explain-doctor-finding.ts';

const API = { api: 'custom.metrics.k8s.io/v1beta1', hpaCount: 31 };
const SERVER = { ...API, service: 'monitoring/adapter' };

/** One of each code. */
const FINDINGS: { readonly [Code in DoctorFinding['code']]: DoctorFindingOf<Code> } = {
  ApiMissing: { code: 'ApiMissing', ...API, metricCount: 40, metrics: ['shop/web: requests'] },
  ApiServiceLeftOver: { code: 'ApiServiceLeftOver', ...API, apiService: 'v1beta1.custom.metrics.k8s.io' },
  ServiceMissing: { code: 'ServiceMissing', ...SERVER },
  ServicePortMissing: { code: 'ServicePortMissing', ...SERVER, port: 6443 },
  ServerHasNoPods: { code: 'ServerHasNoPods', ...SERVER },
  ServerScaledToZero: { code: 'ServerScaledToZero', ...SERVER, deployment: 'asleep' },
  ServerPodsNotReady: {
    code: 'ServerPodsNotReady',
    ...SERVER,
    podCount: 17,
    pod: 'adapter-7',
    trouble: 'ErrImagePull',
  },
  EndpointsMissing: { code: 'EndpointsMissing', ...SERVER, message: 'no addresses' },
  AuthorityUnknown: { code: 'AuthorityUnknown', ...SERVER, hasCaBundle: true, message: 'x509' },
  CertificateNames: { code: 'CertificateNames', ...SERVER, serverName: 'adapter.monitoring.svc', message: 'x509' },
  CertificateExpired: { code: 'CertificateExpired', ...SERVER, message: 'x509' },
  ConnectionRefused: { code: 'ConnectionRefused', ...SERVER, message: 'dial tcp' },
  ServerSilent: { code: 'ServerSilent', ...SERVER, message: 'deadline' },
  ServerDenies: { code: 'ServerDenies', ...SERVER, status: 403 },
  ServerLacksApi: { code: 'ServerLacksApi', ...SERVER },
  ServerFails: { code: 'ServerFails', ...SERVER, status: 502 },
  ApiUnavailable: { code: 'ApiUnavailable', ...API, reason: 'ServiceAccessError', message: 'etcd' },
  ListingFails: { code: 'ListingFails', ...API, message: 'unavailable' },
  VersionsDiffer: {
    code: 'VersionsDiffer',
    group: 'custom.metrics.k8s.io',
    owners: [
      { version: 'v1beta2', server: 'podtide (a/b)' },
      { version: 'v1beta1', server: 'c/d' },
    ],
    used: 'v1beta2',
  },
  MetricNotListed: {
    code: 'MetricNotListed',
    api: API.api,
    hpa: 'shop/web',
    metric: 'pods/requests',
    server: 'a/b',
    known: 'podtide',
    failure: 'no metrics returned',
  },
  MoreMetricsNotListed: { code: 'MoreMetricsNotListed', count: 77 },
  ExternalPlaceTaken: {
    code: 'ExternalPlaceTaken',
    server: 'datadog (d/e)',
    known: 'datadog',
    scaledObjectCount: 12,
    first: 'shop/worker',
    hpaCount: 11,
  },
  VerificationSkipped: { code: 'VerificationSkipped', api: API.api, service: 'monitoring/adapter' },
  Unseen: { code: 'Unseen', what: 'pods', where: 'monitoring', isDenied: true, message: 'forbidden' },
};

/** Parameters that programs read and sentences leave out, or spell otherwise. */
const UNSPOKEN: ReadonlySet<string> = new Set(['metricCount', 'hasCaBundle', 'known', 'isDenied', 'what', 'owners']);

describe('explainDoctorFinding', () => {
  test.each(Object.values(FINDINGS))('says all that is known of $code in both languages, and what to do', (finding) => {
    const [en, zh] = [explainDoctorFinding(finding, 'en'), explainDoctorFinding(finding, 'zh-CN')];
    const { code, ...params } = finding;
    for (const { text, action } of [en, zh]) {
      for (const [name, value] of Object.entries(params)) {
        if (!UNSPOKEN.has(name))
          for (const each of [value].flat()) expect(`${code}: ${text} ${action}`).toContain(String(each));
      }
      expect(`${text}${action}`).not.toMatch(/undefined|\[object|NaN/);
      expect(action).not.toBe('');
    }
    expect(zh.text).toMatch(/\p{Script=Han}/u);
    expect(`${en.text}${en.action}`).not.toMatch(/\p{Script=Han}/u);
  });

  test.each<readonly [why: string, finding: DoctorFinding, en: string, zh: string]>([
    [
      'one is one',
      { code: 'ApiMissing', api: API.api, hpaCount: 1, metricCount: 1, metrics: ['shop/web: requests'] },
      'nobody serves custom.metrics.k8s.io/v1beta1, and 1 HPA needs it: shop/web: requests',
      '没有任何服务提供 custom.metrics.k8s.io/v1beta1，但有 1 个 HPA 依赖它：shop/web: requests',
    ],
    [
      'no HPA needs it',
      { code: 'ServiceMissing', api: API.api, hpaCount: 0, service: 'a/b' },
      'custom.metrics.k8s.io/v1beta1 is to be answered by the Service a/b, which does not exist',
      'custom.metrics.k8s.io/v1beta1 应由 Service a/b 应答，但该 Service 不存在',
    ],
    [
      'nothing has been checked',
      { code: 'ApiUnavailable', api: API.api, hpaCount: 0, reason: '', message: '' },
      'the API server has not checked yet who serves custom.metrics.k8s.io/v1beta1',
      'API server 尚未检查由谁提供 custom.metrics.k8s.io/v1beta1',
    ],
    [
      'a place that is Podtide’s',
      { ...FINDINGS.ExternalPlaceTaken, server: 'podtide (a/b)', known: 'podtide', scaledObjectCount: 1, hpaCount: 0 },
      'the triggers of 1 ScaledObject (shop/worker) reach no HPA: external.metrics.k8s.io has one place, and podtide (a/b) has it',
      '1 个 ScaledObject（shop/worker）的触发器无法驱动 HPA：external.metrics.k8s.io 只能有一个提供者，目前被 podtide (a/b) 占用',
    ],
    [
      'a right for all namespaces',
      { code: 'Unseen', what: 'hpas', where: '', isDenied: true, message: 'forbidden' },
      'the HPAs of all namespaces could not be looked at: forbidden',
      '无法查看所有命名空间的 HPA：forbidden',
    ],
  ])('the sentence fits its numbers: %s', (_why, finding, en, zh) => {
    expect(explainDoctorFinding(finding, 'en').text).toBe(en);
    expect(explainDoctorFinding(finding, 'zh-CN').text).toBe(zh);
  });

  test.each(['apiServices', 'service', 'deployments', 'pods', 'group', 'listing', 'hpas', 'scaledObjects'] as const)(
    'the right that is missing is named: %s',
    (what) => {
      for (const language of ['en', 'zh-CN'] as const) {
        const unseen = (isDenied: boolean) =>
          explainDoctorFinding({ code: 'Unseen', what, where: 'x', isDenied, message: 'm' }, language);
        expect(unseen(true).action).toMatch(/list |get |system:discovery/);
        expect(unseen(false).action).not.toMatch(/list |get |system:discovery/);
        expect(unseen(true).text).toContain('m');
      }
    },
  );
});

test('problems are told from notes and from what was not seen', () => {
  const bySeverity = Map.groupBy(Object.values(FINDINGS), severityOfDoctorFinding);
  expect(new Map([...bySeverity].map(([severity, findings]) => [severity, findings.length]))).toEqual(
    new Map([
      ['problem', 22],
      ['note', 1],
      ['unseen', 1],
    ]),
  );
});

test.each([
  [0, 0, 'no problem found', '没有发现问题'],
  [1, 1, '1 problem found; 1 thing was not looked at', '发现 1 个问题；有 1 项未能查看'],
  [2, 3, '2 problems found; 3 things were not looked at', '发现 2 个问题；有 3 项未能查看'],
])('a report ends with how much was found (%i, %i)', (problemCount, unseenCount, en, zh) => {
  expect(doctorReportIn('en').sum(problemCount, unseenCount)).toBe(en);
  expect(doctorReportIn('zh-CN').sum(problemCount, unseenCount)).toBe(zh);
});
