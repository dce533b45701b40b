import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LoopbackServer, listenOnLoopback } from '../../../test/e2e/support/loopback-server.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import type { ExternalMetricsSource } from '../../metrics/source/port.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../platform/http/certificates.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { PassThroughConfig } from '../config/pass-through-flags.ts';
import { openPassThrough, type PassedSources } from './pass-through-sources.ts';

const SIGNAL = new AbortController().signal;
const ROOT = '/apis/external.metrics.k8s.io/v1beta1';

let folder: string;
let server: LoopbackServer;
let passed: PassedSources;
/** What reached the other server, with the token that came along. */
let requests: string[];
let told: string[];

const log: Log = { ...SILENT_LOG, warn: (message) => told.push(message) };

/** Has the metric `own`, and `both` as the other server has it. */
const rules: ExternalMetricsSource = {
  listMetrics: async () => ['own', 'both'],
  owns: ({ metric }) => metric !== 'theirs',
  getValues: async ({ metric }) => [{ metric, labels: {}, atMs: 0, windowMs: null, value: 'of the rules' }],
};

function configOf(more: Partial<PassThroughConfig> = {}): PassThroughConfig {
  return {
    url: `https://127.0.0.1:${server.port}`,
    isCustom: false,
    isExternal: true,
    caFile: join(folder, 'ca.crt'),
    tokenFile: join(folder, 'token'),
    clientCertificate: null,
    isCallerNamed: false,
    ...more,
  };
}

const open = (config: PassThroughConfig) =>
  openPassThrough(config, { ioClock: createSystemClock(), log, userAgent: 'test/1' });

beforeAll(async () => {
  requests = [];
  told = [];
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  const lifetime = { nowMs: Date.now(), validityMs: 86_400_000 };
  const authority = await createCertificateAuthority({ commonName: 'ca', ...lifetime });
  const names = { dnsNames: [], addresses: ['127.0.0.1'] };
  const { certificate, privateKey } = await issueServingCertificate(
    authority,
    { commonName: 'other', ...lifetime },
    names,
  );
  await writeFile(join(folder, 'ca.crt'), authority.certificate);
  await writeFile(join(folder, 'token'), 'first\n');
  const theirs = { metricName: 'theirs', metricLabels: {}, timestamp: '2026-11-22T05:49:00Z', value: '7' };
  const resources = ['both', 'theirs'].map((name) => ({
    name,
    singularName: '',
    namespaced: true,
    kind: 'K',
    verbs: ['get'],
  }));
  const shared = { apiVersion: 'external.metrics.k8s.io/v1beta1', metadata: {} };
  server = await listenOnLoopback(
    createServer({ cert: certificate, key: privateKey }, (incoming, outgoing) => {
      requests.push(`${incoming.headers.authorization} ${incoming.url}`);
      outgoing.setHeader('content-type', 'application/json');
      const list = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: shared.apiVersion, resources };
      outgoing.end(
        JSON.stringify(incoming.url === ROOT ? list : { kind: 'ExternalMetricValueList', ...shared, items: [theirs] }),
      );
    }),
  );
  passed = await open(configOf());
});

afterAll(async () => {
  await passed?.close();
  await server?.stop();
  await rm(folder, { recursive: true });
});

test('what no rule makes comes from the other server, with a token that is read again; rules come first', async () => {
  const { external, ...others } = passed.behind({ external: rules });
  expect(others).toEqual({});
  const askedOf = async (metric: string) => {
    const values = await external?.getValues({ namespace: 'shop', metric, metricSelector: '' }, SIGNAL);
    return values?.map(({ value }) => value);
  };
  expect(await askedOf('own')).toEqual(['of the rules']);
  expect(await askedOf('both')).toEqual(['of the rules']);
  expect(await askedOf('theirs')).toEqual(['7']);
  await writeFile(join(folder, 'token'), 'second\n');
  expect(await askedOf('theirs')).toEqual(['7']);
  expect(requests.map((each) => each.replace(/\?.*/, ''))).toEqual([
    `Bearer first ${ROOT}/namespaces/shop/theirs`,
    `Bearer second ${ROOT}/namespaces/shop/theirs`,
  ]);
});

test('both are listed, and what one hides of the other is told once', async () => {
  const { external } = passed.behind({ external: rules });
  expect(await external?.listMetrics(SIGNAL)).toEqual(['own', 'both', 'theirs']);
  await external?.listMetrics(SIGNAL);
  expect(told).toEqual([expect.stringContaining('both is a metric of the rules and of 127.0.0.1')]);
});

test('without rules the other server has the API alone; what is not passed on stays as it is', () => {
  expect(Object.keys(passed.behind({}))).toEqual(['external']);
  const resource = { listPods: async () => [], listNodes: async () => [] };
  expect(passed.behind({ resource }).resource).toBe(resource);
});

test('a file that cannot be read is named with its flag', async () => {
  await expect(open(configOf({ caFile: '/nonexistent/ca.crt' }))).rejects.toMatchObject({
    kind: 'notFound',
    message: expect.stringMatching(/^--pass-through-ca-file=\/nonexistent\/ca\.crt: .*no such file/),
  });
});
