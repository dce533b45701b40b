import { readFile } from 'node:fs/promises';
import type { ApiCallerOptions } from '../../metrics/prometheus/api-caller.ts';
import type { PrometheusBackend } from '../../metrics/prometheus/backend.ts';
import { createPrometheusClients, type PrometheusClients } from '../../metrics/prometheus/backends.ts';
import type { Environment } from '../config/environment.ts';
import { parsePrometheusBackends } from '../config/prometheus-backends.ts';
import type { PrometheusChoice } from '../config/prometheus-choice.ts';
import { proxiesOf } from './cluster-connection.ts';
import { readFailure } from './read-failure.ts';

/**
 * Clients of the Prometheus that was chosen, or of all backends of a file, through the environment's proxy where one is set.
 * Throws Failure when a backends file cannot be used; whether anybody answers is not tried.
 */
export async function openPrometheus(
  choice: PrometheusChoice,
  environment: Environment,
  options: Pick<ApiCallerOptions, 'ioClock' | 'userAgent' | 'onRequest'>,
): Promise<PrometheusClients> {
  return createPrometheusClients(choice.kind === 'flags' ? [choice.backend] : await readBackends(choice.path), {
    ...options,
    proxies: proxiesOf(environment),
    environment: environment.variables,
  });
}

/** The backends that rules may name: those of a file; the one of flags has no name that they could know. */
export function namedBackends(
  { kind }: PrometheusChoice,
  { names }: Pick<PrometheusClients, 'names'>,
): readonly string[] {
  return kind === 'file' ? names : [];
}

async function readBackends(path: string): Promise<readonly PrometheusBackend[]> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw readFailure(`--prometheus-backends=${path}`, thrown);
  });
  return parsePrometheusBackends(path, text);
}
