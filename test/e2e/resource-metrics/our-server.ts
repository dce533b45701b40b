import { createAggregatedServer } from '../../../src/metrics/serve/aggregated-server.ts';
import { addMetricsServerChecks } from '../../../src/metrics/serve/health-checks.ts';
import { createMetricsApis } from '../../../src/metrics/serve/metrics-apis.ts';
import type { ResourceMetricsSource } from '../../../src/metrics/source/port.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../../src/platform/http/certificates.ts';
import { openListener } from '../../../src/platform/http/listener.ts';
import { createHealth } from '../../../src/platform/telemetry/health.ts';
import { createTelemetry } from '../../../src/platform/telemetry/registry.ts';
import { createSystemClock } from '../../../src/platform/time/system-clock.ts';
import type { Gate } from './gate.ts';

const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v0.0.0-test',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

/** Our serving layer over the source, behind the gate, over TLS on loopback. */
export async function startOurServer(
  source: ResourceMetricsSource,
  gate: Gate,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const ioClock = createSystemClock();
  const lifetime = { nowMs: Date.now(), validityMs: 3_600_000 };
  const authority = await createCertificateAuthority({ commonName: 'our-server-ca', ...lifetime });
  const names = { dnsNames: ['localhost'], addresses: ['127.0.0.1'] };
  const tls = await issueServingCertificate(authority, { commonName: 'our-server', ...lifetime }, names);
  const telemetry = createTelemetry({ isProcessMeasured: true });
  const health = createHealth({ isOpen: true });
  const isWell = (): undefined => undefined;
  const problems = { storage: isWell, informers: isWell, podInformer: isWell, collection: isWell, shutdown: isWell };
  addMetricsServerChecks(health, problems);
  const apis = createMetricsApis({ resource: source }, { nowMs: Date.now }, { telemetry });
  const answer = createAggregatedServer({ apis, health, telemetry, version: VERSION });
  const listener = await openListener({
    handle: async (request) => (await gate(request)) ?? (await answer(request)),
    port: 0,
    ioClock,
    tls,
  });
  return { url: listener.url, stop: () => listener.close(0) };
}
