import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { RequestRecord } from './api-caller.ts';

/** Those of the Go client library, which upstream takes. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Counts the requests to backends, for `onRequest`: the durations under upstream's name, so that its boards work, and failures
 * by backend and why. Upstream measures what was answered, in whatever way; what brought no answer at all is only counted.
 */
export function recordPrometheusRequests(telemetry: Telemetry): (request: RequestRecord) => void {
  const durations = telemetry.histogram({
    name: 'prometheus_adapter_prometheus_client_request_duration_seconds',
    help: 'Prometheus client query latency in seconds.  Broken down by target prometheus endpoint and target server',
    labels: ['path', 'server'],
    buckets: BUCKETS,
  });
  const failures = telemetry.counter({
    name: 'podtide_prometheus_request_failures_total',
    help: 'Requests to Prometheus backends that brought nothing, by why.',
    labels: ['backend', 'code'],
  });
  const warned = telemetry.counter({
    name: 'podtide_prometheus_warned_answers_total',
    help: 'Answers of Prometheus backends that came with warnings, as those that are not whole do.',
    labels: ['backend'],
  });
  return ({ backend, server, endpoint, durationMs, problem, isWarned }) => {
    if (problem === null || !UNANSWERED.has(problem.code))
      durations.observe(durationMs / 1000, { path: endpoint, server });
    if (problem !== null) failures.add({ backend, code: problem.code });
    if (isWarned) warned.add({ backend });
  };
}

/** Problems of requests that no server answered. */
const UNANSWERED: ReadonlySet<string> = new Set([
  'NameUnknown',
  'Refused',
  'Unreachable',
  'CertificateNames',
  'UnknownAuthority',
  'CertificateExpired',
  'Broken',
  'TimedOut',
  'NoCredential',
]);
