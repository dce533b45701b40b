import { describe, expect, test } from 'vitest';
import { startApiServer } from '../../fixtures/api-server.ts';
import { recorded, replay } from './recordings.ts';

describe('bodies in protobuf', () => {
  test.each([
    [
      'protobuf/autoscale-v1',
      {
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: 'pb', apiVersion: 'apps/v1' },
          minReplicas: 2,
          maxReplicas: 5,
          targetCPUUtilizationPercentage: 50,
        },
      },
    ],
    [
      'protobuf/autoscale-v2',
      {
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: 'pb', apiVersion: 'apps/v1' },
          minReplicas: 2,
          maxReplicas: 5,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
          ],
        },
      },
    ],
    [
      'protobuf/create-namespace',
      { kind: 'Namespace', spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    ],
    ['protobuf/create-configmap', { kind: 'ConfigMap' }],
    ['protobuf/create-serviceaccount', { kind: 'ServiceAccount' }],
    ['protobuf/create-deployment', { kind: 'Deployment', spec: { template: { spec: { containers: [{}] } } } }],
    ['protobuf/selfsubjectaccessreview', { status: { allowed: true } }],
    ['protobuf/selfsubjectrulesreview', { status: { incomplete: false } }],
    ['protobuf/selfsubjectreview', { status: { userInfo: { username: 'admin' } } }],
  ])('%s', async (name, expected) => {
    const exchange = recorded(name);
    const answer = await replay(startApiServer(), exchange);
    expect(answer.status).toBe(exchange.response.status);
    expect(answer.body).toMatchObject(expected);
  });

  test('a body that is cut short is one clear 400', async () => {
    const exchange = recorded('protobuf/create-deployment');
    const body = Buffer.from(exchange.request.bodyBase64 ?? '', 'base64').subarray(0, 40);
    const answer = await replay(startApiServer(), exchange, body);
    expect(answer.body).toMatchObject({ code: 400, reason: 'BadRequest' });
  });
});
