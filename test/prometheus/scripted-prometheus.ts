import type { IncomingMessage } from 'node:http';
import type { PrometheusBackend } from '../../src/metrics/prometheus/backend.ts';
import { type SocketAnswer, whole } from '../kube/fault-server.ts';

/** A backend as the backends file has it when it says nothing but the URL. */
export function plainBackend(url: string, settings: Partial<PrometheusBackend> = {}): PrometheusBackend {
  return {
    name: 'main',
    url,
    verb: 'auto',
    authentication: { kind: 'none' },
    tls: { isVerified: true },
    kubeconfigFile: null,
    headers: [],
    parameters: [],
    isProxied: true,
    deadlineMs: 10_000,
    queriesCountMax: 10,
    freshnessMs: 0,
    answerBytesMax: 1_000_000,
    seriesCountMax: 1_000,
    ...settings,
  };
}

/** An answer of the API that went well. */
export function success(data: unknown, more: Readonly<Record<string, unknown>> = {}): SocketAnswer {
  return whole({ status: 'success', data, ...more });
}

/** An instant vector of one series without labels, which is what a test of something else asks for. */
export function vectorOf(value: number): SocketAnswer {
  return success({ resultType: 'vector', result: [{ metric: {}, value: [1_700_000_000, String(value)] }] });
}

/** An instant vector with a sample for each pod. */
export function podVector(valueByPod: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}) {
  const result = Object.entries(valueByPod).map(([pod, value]) => ({ metric: { pod }, value: [1_700_000_000, value] }));
  return success({ resultType: 'vector', result }, more);
}

/** An instant vector of so many pods, `web-0` and so on, that it takes about this much. */
export function largeVector(bytes: number): SocketAnswer {
  const one = (index: number) => ({ metric: { pod: `web-${index}`, filler: 'x'.repeat(120) }, value: [1, '5'] });
  const size = JSON.stringify(one(100_000)).length + 1;
  const result = Array.from({ length: Math.floor(bytes / size) }, (_, index) => one(index));
  return success({ resultType: 'vector', result });
}

/** A refusal as Prometheus writes it. */
export function reported(status: number, errorType: string, error: string): SocketAnswer {
  return whole({ status: 'error', errorType, error }, status);
}

/** Any body with any head. */
export function answers(status: number, body: string | Buffer, headers: Record<string, string> = {}): SocketAnswer {
  return (_incoming, outgoing) => {
    outgoing.writeHead(status, headers);
    outgoing.end(body);
  };
}

/** Notes the whole request before another answer is given: the method, the path, and the parameters wherever they stood. */
export function noting(notes: string[], answer: SocketAnswer): SocketAnswer {
  return (incoming, outgoing) => {
    readBody(incoming).then(
      (body) => {
        notes.push(`${incoming.method} ${incoming.url}${body === '' ? '' : ` ${body}`}`);
        answer(incoming, outgoing);
      },
      () => outgoing.destroy(),
    );
  };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  return text;
}
