import type { Column, Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { NAME_COLUMN } from './columns.ts';
import { listAt, recordAt, textAt, withDefaults } from './field-path.ts';
import { required } from './workload-validation.ts';

const CREATED_COLUMN: Column = {
  name: 'Created At',
  type: 'date',
  description: 'When the definition was created.',
  cell: (object) => object.metadata.creationTimestamp ?? null,
};

/** CustomResourceDefinitions: the server starts to serve what they define as soon as they are stored. */
export const CUSTOM_RESOURCE_DEFINITION: Kind = {
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  isNamespaced: false,
  storedVersion: 'v1',
  hasStatus: true,
  versions: [
    {
      name: 'v1',
      schema: 'apiextensions.v1.CustomResourceDefinition',
      columns: [NAME_COLUMN, CREATED_COLUMN],
    },
  ],
  setDefaults: defaultDefinition,
  prepareForCreate: withEstablishedStatus,
  prepareForUpdate: (object, _before, context) => withEstablishedStatus(object, context),
  validateCreate: definitionProblems,
  validateUpdate: definitionProblems,
};

function defaultDefinition(object: ApiObject): ApiObject {
  const spec = recordAt(object, 'spec');
  const kind = textAt(spec, 'names', 'kind');
  const names = withDefaults(recordAt(spec, 'names'), { singular: kind.toLowerCase(), listKind: `${kind}List` });
  return { ...object, spec: withDefaults({ ...spec, names }, { conversion: { strategy: 'None' } }) };
}

function withEstablishedStatus(object: ApiObject, context: { readonly nowText: string }): ApiObject {
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: context.nowText,
    reason,
    message,
  });
  const stored = listAt(object, 'spec', 'versions').filter(
    (version) => (version as { storage?: boolean }).storage === true,
  );
  return {
    ...object,
    status: {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: recordAt(object, 'spec', 'names'),
      storedVersions: stored.map((version) => textAt(version, 'name')),
    },
  };
}

function definitionProblems(object: ApiObject): ReturnType<NonNullable<Kind['validateCreate']>> {
  const group = textAt(object, 'spec', 'group');
  const plural = textAt(object, 'spec', 'names', 'plural');
  const wanted = `${plural}.${group}`;
  return [
    ...(group === '' ? [required('spec.group')] : []),
    ...(plural === '' ? [required('spec.names.plural')] : []),
    ...(textAt(object, 'spec', 'names', 'kind') === '' ? [required('spec.names.kind')] : []),
    ...(listAt(object, 'spec', 'versions').length === 0 ? [required('spec.versions')] : []),
    ...(object.metadata.name === wanted
      ? []
      : [
          {
            reason: 'FieldValueInvalid' as const,
            field: 'metadata.name',
            message: `Invalid value: ${JSON.stringify(object.metadata.name)}: must be spec.names.plural+"."+spec.group`,
          },
        ]),
  ];
}
