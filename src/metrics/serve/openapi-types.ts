/** A JSON schema whose `$ref` is the bare name of another type of the same table. */
export interface TypeSchema {
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly items?: TypeSchema;
  readonly additionalProperties?: TypeSchema;
  readonly properties?: Readonly<Record<string, TypeSchema>>;
  readonly required?: readonly string[];
}

/** A type of a group, by its kind; `isKind` when objects say that they are of it. */
export interface NamedType {
  readonly name: string;
  readonly schema: TypeSchema;
  readonly isKind: boolean;
}

const text = (description: string): TypeSchema => ({ description, type: 'string' });
const integer = (description: string): TypeSchema => ({ description, type: 'integer', format: 'int64' });
const reference = (name: string, description: string): TypeSchema => ({ description, $ref: name });
const listOf = (name: string, description: string): TypeSchema => ({
  description,
  type: 'array',
  items: { $ref: name },
});
const textMap = (description: string): TypeSchema => ({
  description,
  type: 'object',
  additionalProperties: { type: 'string' },
});

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
export const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
export const OBJECT_META = `${META}.ObjectMeta`;
export const LIST_META = `${META}.ListMeta`;
export const TIME = `${META}.Time`;
export const DURATION = `${META}.Duration`;
export const LABEL_SELECTOR = `${META}.LabelSelector`;
const LABEL_SELECTOR_REQUIREMENT = `${META}.LabelSelectorRequirement`;

/** Types that the groups share, by their whole name. */
export const SHARED_TYPES: Readonly<Record<string, TypeSchema>> = {
  [QUANTITY]: text('A number in fixed point, as a decimal with an optional suffix: 250m, 12240Ki, 1500n.'),
  [TIME]: { description: 'A time in the form of RFC 3339.', type: 'string', format: 'date-time' },
  [DURATION]: text('A duration as Go writes it: 15s, 1m0s.'),
  [OBJECT_META]: {
    description: 'Metadata of an object: of what is measured, except for its creation time.',
    type: 'object',
    properties: {
      name: text('Name of the object that is measured.'),
      namespace: text('Its namespace; absent when it has none.'),
      creationTimestamp: reference(TIME, 'When this answer was made: it is not kept.'),
      labels: textMap('Labels of the object that is measured.'),
    },
  },
  [LIST_META]: { description: 'Metadata of a list. It is empty: lists come whole.', type: 'object', properties: {} },
  [LABEL_SELECTOR]: {
    description: 'All requirements hold; an empty selector selects everything.',
    type: 'object',
    properties: {
      matchLabels: textMap('Labels with exactly these values.'),
      matchExpressions: listOf(LABEL_SELECTOR_REQUIREMENT, 'Further requirements.'),
    },
  },
  [LABEL_SELECTOR_REQUIREMENT]: {
    description: 'A condition on one label.',
    type: 'object',
    required: ['key', 'operator'],
    properties: {
      key: text('The label.'),
      operator: text('In, NotIn, Exists or DoesNotExist.'),
      values: { description: 'What In and NotIn compare with.', type: 'array', items: { type: 'string' } },
    },
  },
};

const USAGE: TypeSchema = {
  description:
    'What is used, by resource: cpu in cores, averaged over the window, and memory in bytes of the working set.',
  type: 'object',
  additionalProperties: { $ref: QUANTITY },
};

const SAMPLE = {
  timestamp: reference(TIME, 'End of the window.'),
  window: reference(DURATION, 'Length of the interval that the usage is the average of.'),
};

const KIND = {
  apiVersion: text('Group and version of this object.'),
  kind: text('Its type.'),
};

function object(description: string, properties: TypeSchema['properties'], required: readonly string[]): TypeSchema {
  return { description, type: 'object', ...(required.length === 0 ? {} : { required }), properties: properties ?? {} };
}

function listType(kind: string, item: string): NamedType {
  const properties = {
    ...KIND,
    metadata: reference(LIST_META, 'Metadata of the list.'),
    items: listOf(item, 'The objects, sorted by namespace and name.'),
  };
  return { name: kind, isKind: true, schema: object(`A list of ${item}.`, properties, ['items']) };
}

const METADATA = { metadata: reference(OBJECT_META, 'Metadata of what is measured.') };

const DESCRIBED_OBJECT = { describedObject: reference('ObjectReference', 'What the value is of.') };
const VALUE = {
  timestamp: reference(TIME, 'When the value was measured.'),
  value: reference(QUANTITY, 'The value.'),
};

const OBJECT_REFERENCE: NamedType = {
  name: 'ObjectReference',
  isKind: false,
  schema: object(
    'Names an object.',
    {
      kind: text('Its kind.'),
      namespace: text('Its namespace; absent when it has none.'),
      name: text('Its name.'),
      apiVersion: text('Group and version of its kind.'),
    },
    [],
  ),
};

/** The types of each group and version, by `<group>/<version>`; a `$ref` without a dot is one of the same list. */
export const GROUP_TYPES: Readonly<Record<string, readonly NamedType[]>> = {
  'metrics.k8s.io/v1': resourceMetricsTypes(),
  'metrics.k8s.io/v1beta1': resourceMetricsTypes(),
  'custom.metrics.k8s.io/v1beta1': [
    listType('MetricValueList', 'MetricValue'),
    {
      name: 'MetricValue',
      isKind: true,
      schema: object(
        'The value of a metric of an object.',
        {
          ...KIND,
          ...DESCRIBED_OBJECT,
          metricName: text('Name of the metric.'),
          ...VALUE,
          window: integer('Seconds of the interval that the value is of; absent for a value of an instant.'),
          selector: reference(LABEL_SELECTOR, 'What the series were selected by.'),
        },
        ['describedObject', 'metricName', 'timestamp', 'value', 'selector'],
      ),
    },
    OBJECT_REFERENCE,
  ],
  'custom.metrics.k8s.io/v1beta2': [
    listType('MetricValueList', 'MetricValue'),
    {
      name: 'MetricValue',
      isKind: true,
      schema: object(
        'The value of a metric of an object.',
        {
          ...KIND,
          ...DESCRIBED_OBJECT,
          metric: reference('MetricIdentifier', 'Which metric it is.'),
          ...VALUE,
          windowSeconds: integer('Interval that the value is of; absent for a value of an instant.'),
        },
        ['describedObject', 'metric', 'timestamp', 'value'],
      ),
    },
    {
      name: 'MetricIdentifier',
      isKind: false,
      schema: object(
        'Names a metric and which of its series are meant.',
        {
          name: text('Name of the metric.'),
          selector: reference(LABEL_SELECTOR, 'What the series were selected by.'),
        },
        ['name'],
      ),
    },
    OBJECT_REFERENCE,
  ],
  'external.metrics.k8s.io/v1beta1': [
    listType('ExternalMetricValueList', 'ExternalMetricValue'),
    {
      name: 'ExternalMetricValue',
      isKind: true,
      schema: object(
        'The value of a metric of something outside the cluster.',
        {
          ...KIND,
          metricName: text('Name of the metric.'),
          metricLabels: textMap('Labels of the series.'),
          ...VALUE,
          window: integer('Seconds of the interval that the value is of; absent for a value of an instant.'),
        },
        ['metricName', 'metricLabels', 'timestamp', 'value'],
      ),
    },
  ],
};

function resourceMetricsTypes(): readonly NamedType[] {
  return [
    listType('NodeMetricsList', 'NodeMetrics'),
    {
      name: 'NodeMetrics',
      isKind: true,
      schema: object('What a node uses.', { ...KIND, ...METADATA, ...SAMPLE, usage: USAGE }, [
        'timestamp',
        'window',
        'usage',
      ]),
    },
    listType('PodMetricsList', 'PodMetrics'),
    {
      name: 'PodMetrics',
      isKind: true,
      schema: object(
        'What the containers of a pod use.',
        {
          ...KIND,
          ...METADATA,
          ...SAMPLE,
          containers: listOf('ContainerMetrics', 'Its containers, all of one window.'),
        },
        ['timestamp', 'window', 'containers'],
      ),
    },
    {
      name: 'ContainerMetrics',
      isKind: false,
      schema: object('What a container uses.', { name: text('Its name in the pod.'), usage: USAGE }, ['name', 'usage']),
    },
  ];
}
