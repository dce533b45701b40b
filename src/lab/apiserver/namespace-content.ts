import type { ApiState } from './api-state.ts';
import type { Kind } from './kind.ts';
import type { ApiObject } from './object.ts';
import { createObject } from './object-writer.ts';

/** Namespaces that every cluster has. */
export const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

const WRITER = { userName: 'system:apiserver', isDryRun: false };

/** Gives each new namespace its default ServiceAccount and the ConfigMap with the authority's certificate. */
export function fillNamespaces(state: ApiState, authorityCertificate: string): void {
  state.store.subscribe('/namespaces', ({ type, object }) => {
    if (type === 'ADDED') fillNamespace(state, object.metadata.name, authorityCertificate);
  });
}

/** Creates the namespaces that are there from the start. */
export function createSystemNamespaces(state: ApiState): void {
  const kind = state.registry.get('', 'namespaces');
  if (kind === undefined) return;
  for (const name of SYSTEM_NAMESPACES)
    create(state, kind, null, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

function fillNamespace(state: ApiState, namespace: string, authorityCertificate: string): void {
  const account = state.registry.get('', 'serviceaccounts');
  if (account !== undefined) {
    create(state, account, namespace, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  }
  const configMap = state.registry.get('', 'configmaps');
  if (configMap !== undefined) {
    create(state, configMap, namespace, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt' },
      data: { 'ca.crt': authorityCertificate },
    });
  }
}

function create(state: ApiState, kind: Kind, namespace: string | null, object: ApiObject): void {
  createObject(state, { kind, version: kind.versions[0] }, namespace, object, WRITER);
}
