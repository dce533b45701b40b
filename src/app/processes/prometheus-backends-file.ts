import { readFile } from 'node:fs/promises';
import { errorText, Failure } from '../../base/failure.ts';
import type { PrometheusBackend } from '../../metrics/prometheus/backend.ts';
import { parsePrometheusBackends } from '../config/prometheus-backends.ts';

/** Reads a backends file. Throws Failure: `notFound` when it cannot be read, `invalid` with all that is wrong in it. */
export async function readPrometheusBackends(path: string): Promise<readonly PrometheusBackend[]> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw new Failure('notFound', `--prometheus-backends=${path}: ${errorText(thrown)}`, { cause: thrown });
  });
  return parsePrometheusBackends(path, text);
}
