import { describe, expect, test } from 'vitest';
import { startApiServer, type TestedApiServer } from '../../../../test/fixtures/api-server.ts';
import { DEFAULT_API_FEATURES } from '../../../core/autoscaling/features.ts';
import { BUILT_IN_KINDS } from './all.ts';
import { hpaKind } from './hpa.ts';

const HPAS = 'namespaces/default/horizontalpodautoscalers';
const UP_TOLERANCE = 'autoscaling.alpha.kubernetes.io/scale-up-tolerance';
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

function startOf1_20(): TestedApiServer {
  return startApiServer({ kinds: [...BUILT_IN_KINDS, hpaKind(DEFAULT_API_FEATURES, '1.20')], version: '1.20.11' });
}

const RULES = { stabilizationWindowSeconds: 30, policies: [{ type: 'Pods', value: 2, periodSeconds: 30 }] };
const SPEC = {
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
  maxReplicas: 5,
  behavior: { scaleUp: RULES, scaleDown: { selectPolicy: 'Disabled' } },
};

describe('the face of 1.20', () => {
  test('prefers v1, has v2beta2 and no v2, in the only form of discovery that it knows', async () => {
    const server = startOf1_20();
    const [group, list, v2, version] = await Promise.all([
      server.send('GET', '/apis/autoscaling'),
      server.send('GET', '/apis', { accept: AGGREGATED }),
      server.send('GET', `/apis/autoscaling/v2/${HPAS}`),
      server.send('GET', '/version'),
    ]);
    const v1 = { groupVersion: 'autoscaling/v1', version: 'v1' };
    expect(group.body).toMatchObject({
      versions: [v1, { groupVersion: 'autoscaling/v2beta2', version: 'v2beta2' }],
      preferredVersion: v1,
    });
    expect(list.body.kind).toBe('APIGroupList');
    expect(v2.status).toBe(404);
    expect(version.body).toMatchObject({ major: '1', minor: '20', gitVersion: 'v1.20.11-podtide' });
  });

  test('serves v2beta2 whole: defaults, a status that leaves nothing out, tolerance as an annotation', async () => {
    const server = startOf1_20();
    const metadata = { name: 'web', annotations: { [UP_TOLERANCE]: '0.05' } };
    const created = await server.send('POST', `/apis/autoscaling/v2beta2/${HPAS}`, { body: { metadata, spec: SPEC } });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      apiVersion: 'autoscaling/v2beta2',
      metadata,
      spec: {
        ...SPEC,
        minReplicas: 1,
        metrics: [{ type: 'Resource', resource: { target: { type: 'Utilization', averageUtilization: 80 } } }],
        behavior: { scaleUp: { ...RULES, selectPolicy: 'Max' }, scaleDown: { selectPolicy: 'Disabled' } },
      },
    });
    expect(created.body.status).toEqual({
      currentReplicas: 0,
      desiredReplicas: 0,
      currentMetrics: null,
      conditions: null,
    });
    expect(created.body.spec.behavior.scaleUp).not.toHaveProperty('tolerance');
    const asV1 = await server.send('GET', `/apis/autoscaling/v1/${HPAS}/web`);
    expect(asV1.body.metadata.annotations['autoscaling.alpha.kubernetes.io/behavior']).toContain('"Tolerance":"50m"');
  });

  test('does not know tolerance as a field', async () => {
    const behavior = { scaleUp: { ...RULES, tolerance: '50m' } };
    const refused = await startOf1_20().send('POST', `/apis/autoscaling/v2beta2/${HPAS}?fieldValidation=Strict`, {
      body: { metadata: { name: 'web' }, spec: { ...SPEC, behavior } },
    });
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringContaining('unknown field "spec.behavior.scaleUp.tolerance"'),
    ]);
  });

  test.each(['v1', 'v2beta2'])('names no resource in the table of %s', async (version) => {
    const server = startOf1_20();
    await server.send('POST', `/apis/autoscaling/v2beta2/${HPAS}`, { body: { metadata: { name: 'web' }, spec: SPEC } });
    const table = await server.send('GET', `/apis/autoscaling/${version}/${HPAS}`, { accept: TABLE });
    expect(table.body.rows[0].cells.slice(0, 6)).toEqual(['web', 'Deployment/web', '<unknown>/80%', '1', 5, 0]);
  });
});

test('the face of 1.36 is the one without being asked for', async () => {
  const server = startApiServer();
  const [group, list] = await Promise.all([
    server.send('GET', '/apis/autoscaling'),
    server.send('GET', '/apis', { accept: AGGREGATED }),
  ]);
  expect(group.body.versions.map(({ version }: { version: string }) => version)).toEqual(['v2', 'v1']);
  expect(list.body.kind).toBe('APIGroupDiscoveryList');
});

test('the document of types for kubectl is one without any', async () => {
  const answer = await startApiServer().fetch('GET', '/openapi/v2');
  expect([answer.headers.get('content-type'), Buffer.from(await answer.arrayBuffer()).toString('latin1')]).toEqual([
    'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    '\n\x032.0',
  ]);
});
