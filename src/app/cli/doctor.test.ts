import { PassThrough } from 'node:stream';
import { run } from '@stricli/core';
import { describe, expect, test } from 'vitest';
import { blocksOf } from '../../../test/documents.ts';
import {
  apiService,
  DENIED,
  doctorFacts,
  failed,
  group,
  hpaNeeding,
  needed,
  SILENT,
  seen,
  server,
} from '../../../test/fixtures/doctor-facts.ts';
import { diagnose } from '../../core/explain/doctor-diagnosis.ts';
import { readEnvironment } from '../config/environment.ts';
import { exitCodeOf, loadApplication } from './application.ts';
import type { CliContext } from './context.ts';
import { exitCodeOfDiagnosis } from './doctor.ts';
import { doctorJson, doctorText } from './doctor-report.ts';

/** An adapter whose only pod falls, in a group of which the cluster has nothing else. */
const FALLING = diagnose(
  doctorFacts({
    apiServices: [failed('custom.metrics.k8s.io', 'monitoring/adapter', 'MissingEndpoints')],
    groups: [
      { group: 'custom.metrics.k8s.io', versions: seen([{ version: 'v1beta1', resources: SILENT }]) },
      group('metrics.k8s.io', { v1beta1: ['pods'] }),
    ],
    servers: [
      server('monitoring/adapter', 'mirror.test/a:1', {
        labels: seen({ 'app.kubernetes.io/name': 'prometheus-adapter' }),
        pods: seen([{ name: 'adapter-7', isReady: false, trouble: 'ImagePullBackOff', labels: {}, containers: [] }]),
      }),
    ],
  }),
);

describe('the report', () => {
  test('says who serves what, what is wrong, and what to do', () => {
    expect(doctorText(FALLING, 'en')).toBe(
      [
        'v1beta1.metrics.k8s.io         available',
        'v1beta1.custom.metrics.k8s.io  NOT AVAILABLE  prometheus-adapter (by label app.kubernetes.io/name=prometheus-adapter), Service monitoring/adapter, Deployment adapter, mirror.test/a:1, 0 of 1 pod ready',
        'external.metrics.k8s.io        nobody',
        '',
        'problem: custom.metrics.k8s.io/v1beta1 has no server: none of 1 pod behind the Service monitoring/adapter is ready (adapter-7: ImagePullBackOff)',
        '    kubectl describe pod adapter-7 -n monitoring, and kubectl logs adapter-7 -n monitoring',
        '',
        '1 problem found',
        '',
      ].join('\n'),
    );
  });

  test('in Chinese, in columns as wide as they look', () => {
    expect(doctorText(FALLING, 'zh-CN')).toBe(
      [
        'v1beta1.metrics.k8s.io         可用',
        'v1beta1.custom.metrics.k8s.io  不可用    prometheus-adapter (依据标签 app.kubernetes.io/name=prometheus-adapter), Service monitoring/adapter, Deployment adapter, mirror.test/a:1, 1 个 Pod 中 0 个就绪',
        'external.metrics.k8s.io        无人提供',
        '',
        '问题：custom.metrics.k8s.io/v1beta1 没有后端：Service monitoring/adapter 背后的 1 个 Pod 都未就绪（adapter-7：ImagePullBackOff）',
        '    查看 kubectl describe pod adapter-7 -n monitoring 和 kubectl logs adapter-7 -n monitoring',
        '',
        '发现 1 个问题',
        '',
      ].join('\n'),
    );
  });

  test('as JSON, with a version, codes and parameters', () => {
    const { apis, findings, ...head } = JSON.parse(doctorJson(FALLING, 'en'));
    expect(head).toEqual({ apiVersion: 'podtide.dev/v1', kind: 'Diagnosis' });
    expect(apis).toEqual(FALLING.apis);
    expect(findings).toEqual([
      {
        code: 'ServerPodsNotReady',
        severity: 'problem',
        params: {
          api: 'custom.metrics.k8s.io/v1beta1',
          hpaCount: 0,
          service: 'monitoring/adapter',
          podCount: 1,
          pod: 'adapter-7',
          trouble: 'ImagePullBackOff',
        },
        text: expect.stringContaining('is ready'),
        action: expect.stringContaining('kubectl describe'),
      },
    ]);
  });
});

const MS = ['kube-system/metrics-server', 'registry.k8s.io/metrics-server/metrics-server:v0.8.0'] as const;
const ADAPTER = [
  'monitoring/prometheus-adapter',
  'registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0',
] as const;
const AGENT = ['datadog/datadog-cluster-agent-metrics-api', 'gcr.io/datadoghq/cluster-agent:7.60.0'] as const;

/** The cluster of the page. */
const SHOWN = diagnose(
  doctorFacts({
    apiServices: [
      apiService('metrics.k8s.io', MS[0], { isVerificationSkipped: true }),
      failed('custom.metrics.k8s.io', ADAPTER[0], 'MissingEndpoints'),
      apiService('external.metrics.k8s.io', AGENT[0]),
    ],
    groups: [
      group('metrics.k8s.io', { v1beta1: ['nodes', 'pods'] }),
      { group: 'custom.metrics.k8s.io', versions: seen([{ version: 'v1beta1', resources: SILENT }]) },
      group('external.metrics.k8s.io', { v1beta1: ['queue'] }),
    ],
    servers: [
      server(...MS),
      server(...ADAPTER, {
        pods: seen([
          {
            name: 'prometheus-adapter-7',
            isReady: false,
            trouble: 'CrashLoopBackOff',
            labels: {},
            containers: [{ image: ADAPTER[1], words: [] }],
          },
        ]),
      }),
      server(...AGENT),
    ],
    hpas: [
      hpaNeeding('web', [needed('metrics.k8s.io', 'cpu', 'pods')]),
      hpaNeeding('cart', [needed('custom.metrics.k8s.io', 'requests', 'pods/requests')]),
      hpaNeeding('keda-hpa-worker', [needed('external.metrics.k8s.io', 's0-rabbitmq')], { isOfScaledObject: true }),
    ],
    scaledObjects: seen([{ namespace: 'shop', name: 'worker' }]),
  }),
);

test.each(['en', 'zh-CN'] as const)('the page shows what doctor prints (%s)', (language) => {
  const shown = blocksOf(`docs/how-to/${language}/doctor.md`).find((block) => block.language === 'text');
  expect(doctorText(SHOWN, language)).toBe(`${shown?.text}\n`);
});

test.each([
  ['all is well', doctorFacts({}), 0],
  [
    'a note is no finding',
    doctorFacts({
      apiServices: [apiService('metrics.k8s.io', 'a/b', { isVerificationSkipped: true })],
      groups: [group('metrics.k8s.io', { v1beta1: ['pods'] })],
    }),
    0,
  ],
  [
    'a problem, whatever else was not seen',
    {
      ...doctorFacts({
        apiServices: [failed('metrics.k8s.io', 'a/b', 'ServiceNotFound')],
        groups: [group('metrics.k8s.io', { v1beta1: [] })],
      }),
      hpas: DENIED,
    },
    1,
  ],
  ['nothing found, and a right is missing', { ...doctorFacts({}), hpas: DENIED, scaledObjects: SILENT }, 3],
  ['nothing found, and something did not answer', { ...doctorFacts({}), hpas: SILENT }, 6],
] as const)('the exit code: %s', (_why, facts, exitCode) => {
  expect(exitCodeOfDiagnosis(diagnose(facts))).toBe(exitCode);
});

describe('words that doctor does not take', () => {
  test.each([
    { why: 'another output', words: ['-o', 'yaml'], exitCode: 2, says: '--output=yaml: must be text or json' },
    { why: 'no name of a namespace', words: ['-n', 'Shop'], exitCode: 2, says: '--namespace=Shop: must be the name' },
    {
      why: 'a kubeconfig that is not there',
      words: ['--kubeconfig', '/nonexistent'],
      exitCode: 4,
      says: '/nonexistent',
    },
  ])('$why', async ({ words, exitCode, says }) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const process: CliContext['process'] = { stdin: new PassThrough(), stdout, stderr };
    const context = { process, environment: readEnvironment({}), signal: new AbortController().signal };
    await run(await loadApplication(), ['doctor', ...words], context as CliContext);
    expect({ stdout: stdout.read(), stderr: String(stderr.read()), exitCode: exitCodeOf(process.exitCode) }).toEqual({
      stdout: null,
      stderr: expect.stringContaining(says),
      exitCode,
    });
  });
});
