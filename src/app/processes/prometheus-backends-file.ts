import { readFile } from 'node:fs/promises';
import type { PrometheusBackend } from '../../metrics/prometheus/backend.ts';
import { parsePrometheusBackends } from '../config/prometheus-backends.ts';
import { readFailure } from './read-failure.ts';

/** Reads a backends file. Throws Failure: `notFound` or `denied` when it cannot be read, `invalid` with all that is wrong in it. */
export async function readPrometheusBackends(path: string): Promise<readonly PrometheusBackend[]> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw readFailure(`--prometheus-backends=${path}`, thrown);
  });
  return parsePrometheusBackends(path, text);
}
