import { withLocalAvailability } from '../aggregation/conditions.ts';
import type { FieldError, Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, column, NAME_COLUMN } from './columns.ts';
import { listAt, numberAt, recordAt, textAt, valueAt, withDefaults } from './field-path.ts';
import { required } from './workload-validation.ts';

const SERVICE_PORT_DEFAULT = 443;
const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1_000;
const PORT_MAX = 65_535;

/** APIServices: who answers for a version of a group. Those without a Service are this server's own. */
export const API_SERVICE: Kind = {
  group: 'apiregistration.k8s.io',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  isNamespaced: false,
  nameRule: 'path',
  storedVersion: 'v1',
  hasStatus: true,
  bumpsGeneration: null,
  versions: [
    {
      name: 'v1',
      schema: 'apiregistration.v1.APIService',
      columns: [
        NAME_COLUMN,
        column('Service', 'Service that answers; Local for this server.', serviceText),
        column('Available', 'Whether it answers.', availableText),
        AGE_COLUMN,
      ],
    },
  ],
  setDefaults: defaultApiService,
  prepareForCreate: (object, { nowText }) => settled({ ...object, status: {} }, nowText),
  prepareForUpdate: (object, _before, { nowText }) => settled(object, nowText),
  validateCreate: apiServiceErrors,
  validateUpdate: apiServiceErrors,
  validateStatusUpdate: statusErrors,
};

function isLocal(object: ApiObject): boolean {
  return valueAt(object, 'spec', 'service') === undefined;
}

function settled(object: ApiObject, nowText: string): ApiObject {
  return isLocal(object) ? withLocalAvailability(object, nowText) : object;
}

function defaultApiService(object: ApiObject): ApiObject {
  if (isLocal(object)) return object;
  const spec = recordAt(object, 'spec');
  return {
    ...object,
    spec: { ...spec, service: withDefaults(recordAt(spec, 'service'), { port: SERVICE_PORT_DEFAULT }) },
  };
}

function apiServiceErrors(object: ApiObject): readonly FieldError[] {
  const spec = recordAt(object, 'spec');
  return [
    ...nameErrors(object.metadata.name, textAt(spec, 'group'), textAt(spec, 'version')),
    ...rangeErrors(spec, 'groupPriorityMinimum', GROUP_PRIORITY_MAX),
    ...rangeErrors(spec, 'versionPriority', VERSION_PRIORITY_MAX),
    ...(isLocal(object) ? localErrors(spec) : serviceErrors(spec)),
  ];
}

function nameErrors(name: string, group: string, version: string): readonly FieldError[] {
  const wanted = `${version}.${group}`;
  return [
    ...(name === wanted
      ? []
      : [invalidValue('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`)]),
    ...(group === '' && version !== 'v1'
      ? [
          {
            reason: 'FieldValueRequired' as const,
            field: 'spec.group',
            message: 'Required value: only v1 may have an empty group and it better be legacy kube',
          },
        ]
      : []),
  ];
}

function rangeErrors(spec: unknown, field: string, valueMax: number): readonly FieldError[] {
  const value = numberAt(spec, field);
  if (value > 0 && value <= valueMax) return [];
  return [invalidValue(`spec.${field}`, value, `must be positive and less than ${valueMax}`)];
}

function localErrors(spec: unknown): readonly FieldError[] {
  const bundle = textAt(spec, 'caBundle');
  const sizeText = `${Buffer.from(bundle, 'base64').length} bytes`;
  return [
    ...(bundle === '' ? [] : [invalidValue('spec.caBundle', sizeText, 'local APIServices may not have a caBundle')]),
    ...(valueAt(spec, 'insecureSkipTLSVerify') === true
      ? [invalidValue('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')]
      : []),
  ];
}

function serviceErrors(spec: unknown): readonly FieldError[] {
  const port = numberAt(spec, 'service', 'port');
  const isUnverified = valueAt(spec, 'insecureSkipTLSVerify') === true;
  return [
    ...['namespace', 'name'].filter((field) => textAt(spec, 'service', field) === '').map(requiredServiceField),
    ...(port >= 1 && port <= PORT_MAX
      ? []
      : [invalidValue('spec.service.port', port, `port is not valid: must be between 1 and ${PORT_MAX}, inclusive`)]),
    ...(isUnverified && textAt(spec, 'caBundle') !== ''
      ? [invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')]
      : []),
  ];
}

function requiredServiceField(field: string): FieldError {
  return required(`spec.service.${field}`);
}

const CONDITION_STATUSES = ['True', 'False', 'Unknown'];

function statusErrors(object: ApiObject): readonly FieldError[] {
  return listAt(object, 'status', 'conditions').flatMap((condition, index) => {
    const status = textAt(condition, 'status');
    if (CONDITION_STATUSES.includes(status)) return [];
    const supported = [...CONDITION_STATUSES].sort().map((each) => JSON.stringify(each));
    return [
      {
        reason: 'FieldValueNotSupported' as const,
        field: `status.conditions[${index}].status`,
        message: `Unsupported value: ${JSON.stringify(status)}: supported values: ${supported.join(', ')}`,
      },
    ];
  });
}

function invalidValue(field: string, value: unknown, rule: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${rule}` };
}

function serviceText(object: ApiObject): string {
  const name = textAt(object, 'spec', 'service', 'name');
  return name === '' ? 'Local' : `${textAt(object, 'spec', 'service', 'namespace')}/${name}`;
}

function availableText(object: ApiObject): string {
  const available = listAt(object, 'status', 'conditions').find(
    (condition) => textAt(condition, 'type') === 'Available',
  );
  const status = textAt(available, 'status') || 'Unknown';
  return status === 'True' || available === undefined ? status : `${status} (${textAt(available, 'reason')})`;
}
