import type { Telemetry } from '../telemetry/registry.ts';
import type { AnswerRecord } from './api-call.ts';

/** Upper bounds in seconds: a cached read takes a millisecond, a large list several seconds. */
const DURATION_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60];

/**
 * Counts a client's requests, for its `onAnswer`: `rest_client_requests_total` under client-go's name, so that boards for
 * Kubernetes components show it, and the durations. A request without an answer has the code `<error>`, as in client-go.
 */
export function createClientTelemetry(telemetry: Telemetry): (answer: AnswerRecord) => void {
  const requests = telemetry.counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by method and status code.',
    labels: ['method', 'code'],
  });
  const durations = telemetry.histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time to the head of the answer, by method.',
    labels: ['verb'],
    buckets: DURATION_BUCKETS,
  });
  return ({ verb, status, durationMs }) => {
    requests.add({ method: verb, code: status === 0 ? '<error>' : String(status) });
    durations.observe(durationMs / 1000, { verb });
  };
}
