import { describe, expect, test } from 'vitest';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { recordPrometheusRequests } from './prometheus-telemetry.ts';

describe('recordPrometheusRequests', () => {
  test('what was answered is measured under upstream’s name, what brought nothing is counted by why', async () => {
    const telemetry = createTelemetry();
    const record = recordPrometheusRequests(telemetry);
    const request = { backend: 'main', server: 'http://prom.test', endpoint: '/api/v1/query', durationMs: 40 };
    const plain = { ...request, isWarned: false };
    record({ ...plain, problem: null });
    record({ ...plain, problem: { code: 'BadQuery', detail: 'x' } });
    record({ ...plain, problem: { code: 'TimedOut', afterMs: 40 } });
    record({ ...request, problem: null, isWarned: true });
    const { text } = await telemetry.expose();
    const name = 'prometheus_adapter_prometheus_client_request_duration_seconds';
    const labels = 'path="/api/v1/query",server="http://prom.test"';
    expect(text).toContain(`${name}_bucket{le="0.025",${labels}} 0\n`);
    expect(text).toContain(`${name}_bucket{le="0.05",${labels}} 3\n`);
    expect(text).toContain(`${name}_count{${labels}} 3\n`);
    for (const code of ['BadQuery', 'TimedOut'])
      expect(text).toContain(`podtide_prometheus_request_failures_total{backend="main",code="${code}"} 1\n`);
    expect(text).toContain('podtide_prometheus_warned_answers_total{backend="main"} 1\n');
  });
});
