import type { Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, column, NAME_COLUMN } from './columns.ts';
import { listAt, recordAt, textAt } from './field-path.ts';

/** ConfigMaps. */
export const CONFIG_MAP: Kind = {
  group: '',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  isNamespaced: true,
  storedVersion: 'v1',
  bumpsGeneration: null,
  versions: [
    {
      name: 'v1',
      schema: 'core.v1.ConfigMap',
      columns: [NAME_COLUMN, column('Data', 'Number of entries.', dataCount), AGE_COLUMN],
    },
  ],
};

/** Secrets. Text given as `stringData` is stored encoded. */
export const SECRET: Kind = {
  group: '',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  isNamespaced: true,
  storedVersion: 'v1',
  bumpsGeneration: null,
  selectableFields: { type: (object) => textAt(object, 'type') },
  versions: [
    {
      name: 'v1',
      schema: 'core.v1.Secret',
      columns: [
        NAME_COLUMN,
        column('Type', 'What the secret is for.', (object) => textAt(object, 'type')),
        column('Data', 'Number of entries.', dataCount),
        AGE_COLUMN,
      ],
    },
  ],
  setDefaults: encodeStringData,
};

function encodeStringData(object: ApiObject): ApiObject {
  const { stringData, ...rest } = object;
  const encoded = Object.entries(recordAt({ stringData }, 'stringData')).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  const data = { ...recordAt(object, 'data'), ...Object.fromEntries(encoded) };
  return { ...rest, ...(Object.keys(data).length === 0 ? {} : { data }), type: textAt(object, 'type') || 'Opaque' };
}

function dataCount(object: ApiObject): number {
  return Object.keys(recordAt(object, 'data')).length + Object.keys(recordAt(object, 'binaryData')).length;
}

/** ServiceAccounts; tokens come from their `token` subresource. */
export const SERVICE_ACCOUNT: Kind = {
  group: '',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  isNamespaced: true,
  storedVersion: 'v1',
  bumpsGeneration: null,
  otherSubresources: [
    {
      name: 'token',
      verbs: ['create'],
      responseKind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    },
  ],
  versions: [
    {
      name: 'v1',
      schema: 'core.v1.ServiceAccount',
      columns: [
        NAME_COLUMN,
        column('Secrets', 'Number of secrets that it may use.', (object) => listAt(object, 'secrets').length),
        AGE_COLUMN,
      ],
    },
  ],
};
