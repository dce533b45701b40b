import { Failure } from '../../base/failure.ts';
import type { ApiCallerOptions } from './api-caller.ts';
import type { PrometheusBackend } from './backend.ts';
import { createPrometheusClient, type PrometheusClient } from './client.ts';

/** Prometheus servers by their names. */
export interface PrometheusClients {
  /** In the order in which they were given. */
  readonly names: readonly string[];
  /**
   * The client of that name; for null of the backend `default`, or the first where none is called so. Throws Failure('notFound')
   * naming those that there are.
   */
  get(name: string | null): PrometheusClient;
  close(): Promise<void>;
}

/** What a backend is called that is meant where none is named, wherever it stands. */
const MEANT_NAME = 'default';

/** A client for each backend, with queues and connections of its own, so that a slow one holds up nobody else. */
export function createPrometheusClients(
  backends: readonly PrometheusBackend[],
  options: ApiCallerOptions,
): PrometheusClients {
  const clients = new Map(backends.map((backend) => [backend.name, createPrometheusClient(backend, options)]));
  const names = [...clients.keys()];
  const meant = clients.has(MEANT_NAME) ? MEANT_NAME : (names[0] ?? '');
  return {
    names,
    get: (name) => {
      const client = clients.get(name ?? meant);
      if (client !== undefined) return client;
      const known = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
      throw new Failure('notFound', `prometheus ${name ?? ''}: no such backend: ${known}`, {
        hint: 'name one of the backends file, or add it there',
      });
    },
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}
