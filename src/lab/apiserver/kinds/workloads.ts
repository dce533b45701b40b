import type { Column, Kind, ScaleSubresource } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, column, mapSelectorText, NAME_COLUMN, objectSelectorText, workloadColumns } from './columns.ts';
import { listAt, numberAt, recordAt, textAt, valueAt, withDefaults } from './field-path.ts';
import { defaultPodTemplate } from './pod-template.ts';
import { immutableProblem, workloadProblems } from './workload-validation.ts';

const READY_COLUMN = column(
  'Ready',
  'Ready of desired pods.',
  (object) => `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`,
);

/** Deployments of `apps/v1`. */
export const DEPLOYMENT: Kind = {
  ...workload({
    group: 'apps',
    kind: 'Deployment',
    shortName: 'deploy',
    columns: [
      NAME_COLUMN,
      READY_COLUMN,
      column('Up-to-date', 'Pods of the newest template.', (object) => numberAt(object, 'status', 'updatedReplicas')),
      column('Available', 'Pods ready for long enough.', (object) => numberAt(object, 'status', 'availableReplicas')),
      AGE_COLUMN,
      ...workloadColumns(objectSelectorText),
    ],
    selectorForm: 'object',
    defaultSpec: defaultDeploymentSpec,
    statusAtBirth: {},
  }),
  scale: scaleBy(objectSelectorText),
};

function defaultDeploymentSpec(spec: Spec): Spec {
  const strategy = recordAt(spec, 'strategy');
  const type = textAt(strategy, 'type') || 'RollingUpdate';
  const rollingUpdate = withDefaults(recordAt(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
  return withDefaults(
    { ...spec, strategy: type === 'RollingUpdate' ? { ...strategy, type, rollingUpdate } : { ...strategy, type } },
    { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  );
}

/** ReplicaSets of `apps/v1`. */
export const REPLICA_SET: Kind = {
  ...workload({
    group: 'apps',
    kind: 'ReplicaSet',
    shortName: 'rs',
    columns: countColumns(objectSelectorText),
    selectorForm: 'object',
    defaultSpec: (spec) => withDefaults(spec, { replicas: 1 }),
    statusAtBirth: { replicas: 0 },
  }),
  scale: scaleBy(objectSelectorText),
};

/** ReplicationControllers of the core group. */
export const REPLICATION_CONTROLLER: Kind = {
  ...workload({
    group: '',
    kind: 'ReplicationController',
    shortName: 'rc',
    columns: countColumns(controllerSelectorText),
    selectorForm: 'map',
    defaultSpec: defaultControllerSpec,
    statusAtBirth: { replicas: 0 },
  }),
  scale: scaleBy(controllerSelectorText),
};

/** An empty selector takes the template's labels. */
function defaultControllerSpec(spec: Spec): Spec {
  const own = recordAt(spec, 'selector');
  const selector = Object.keys(own).length === 0 ? recordAt(spec, 'template', 'metadata', 'labels') : own;
  return withDefaults({ ...spec, selector }, { replicas: 1 });
}

function controllerSelectorText(object: ApiObject): string {
  return mapSelectorText(recordAt(object, 'spec', 'selector'));
}

/** StatefulSets of `apps/v1`. */
export const STATEFUL_SET: Kind = {
  ...workload({
    group: 'apps',
    kind: 'StatefulSet',
    shortName: 'sts',
    columns: [NAME_COLUMN, READY_COLUMN, AGE_COLUMN, ...workloadColumns(objectSelectorText).slice(0, 2)],
    selectorForm: 'object',
    defaultSpec: (spec) =>
      withDefaults(spec, {
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        revisionHistoryLimit: 10,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      }),
    statusAtBirth: { replicas: 0, availableReplicas: 0 },
  }),
  scale: scaleBy(objectSelectorText),
};

/** DaemonSets are stored and shown; the lab runs no controller for them. They have no scale subresource. */
export const DAEMON_SET: Kind = workload({
  group: 'apps',
  kind: 'DaemonSet',
  shortName: 'ds',
  columns: [
    NAME_COLUMN,
    statusColumn('Desired', 'desiredNumberScheduled'),
    statusColumn('Current', 'currentNumberScheduled'),
    statusColumn('Ready', 'numberReady'),
    statusColumn('Up-to-date', 'updatedNumberScheduled'),
    statusColumn('Available', 'numberAvailable'),
    column('Node Selector', 'Labels of the nodes that it runs on.', (object) =>
      mapSelectorText(recordAt(object, 'spec', 'template', 'spec', 'nodeSelector')),
    ),
    AGE_COLUMN,
    ...workloadColumns(objectSelectorText),
  ],
  selectorForm: 'object',
  defaultSpec: (spec) =>
    withDefaults(spec, {
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    }),
  statusAtBirth: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
});

/** ControllerRevisions: what StatefulSets keep of their templates. */
export const CONTROLLER_REVISION: Kind = {
  group: 'apps',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  isNamespaced: true,
  storedVersion: 'v1',
  bumpsGeneration: null,
  versions: [
    {
      name: 'v1',
      schema: 'apps.v1.ControllerRevision',
      columns: [
        NAME_COLUMN,
        column('Controller', 'The object that the revision belongs to.', controllerOf),
        column('Revision', 'Number of the revision.', (object) => numberAt(object, 'revision'), 'integer'),
        AGE_COLUMN,
      ],
    },
  ],
};

function controllerOf(object: ApiObject): string {
  const owner = listAt(object, 'metadata', 'ownerReferences').find(
    (reference) => valueAt(reference, 'controller') === true,
  );
  return owner === undefined ? '<none>' : `${textAt(owner, 'kind').toLowerCase()}.apps/${textAt(owner, 'name')}`;
}

type Spec = Readonly<Record<string, unknown>>;

/** In what one kind that runs pods of a template differs from another. */
interface Workload {
  readonly group: 'apps' | '';
  readonly kind: string;
  readonly shortName: string;
  readonly columns: readonly Column[];
  /** A selector with expressions never changes; a ReplicationController's map of labels may. */
  readonly selectorForm: 'object' | 'map';
  /** Its template has its defaults already. */
  readonly defaultSpec: (spec: Spec) => Spec;
  readonly statusAtBirth: Readonly<Record<string, number>>;
}

function workload(each: Workload): Kind {
  const { group, kind, shortName, columns, selectorForm, defaultSpec, statusAtBirth } = each;
  return {
    group,
    kind,
    plural: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    shortNames: [shortName],
    categories: ['all'],
    isNamespaced: true,
    storedVersion: 'v1',
    hasStatus: true,
    versions: [{ name: 'v1', schema: `${group === '' ? 'core' : group}.v1.${kind}`, columns }],
    setDefaults: (object) => {
      const template = defaultPodTemplate(recordAt(object, 'spec', 'template'));
      return { ...object, spec: defaultSpec({ ...recordAt(object, 'spec'), template }) };
    },
    prepareForCreate: (object) => ({ ...object, status: statusAtBirth }),
    validateCreate: (object) => workloadProblems(object, selectorForm),
    validateUpdate: (object, before) => [
      ...workloadProblems(object, selectorForm),
      ...(selectorForm === 'object' ? immutableProblem(object, before, 'selector') : []),
    ],
  };
}

function statusColumn(name: string, field: string): Column {
  return column(
    name,
    `Pods, as status.${field} counts them.`,
    (object) => numberAt(object, 'status', field),
    'integer',
  );
}

function countColumns(selectorText: (object: ApiObject) => string): readonly Column[] {
  return [
    NAME_COLUMN,
    column('Desired', 'Pods wanted.', (object) => numberAt(object, 'spec', 'replicas'), 'integer'),
    column('Current', 'Pods there are.', (object) => numberAt(object, 'status', 'replicas'), 'integer'),
    column('Ready', 'Pods that are ready.', (object) => numberAt(object, 'status', 'readyReplicas'), 'integer'),
    AGE_COLUMN,
    ...workloadColumns(selectorText),
  ];
}

/** The scale of a workload with `spec.replicas`, `status.replicas` and a selector. */
function scaleBy(selectorText: (object: ApiObject) => string): ScaleSubresource {
  return {
    read: (object) => ({
      specReplicas: numberAt(object, 'spec', 'replicas'),
      statusReplicas: numberAt(object, 'status', 'replicas'),
      selector: selectorText(object),
    }),
    write: (object, specReplicas) => ({ ...object, spec: { ...recordAt(object, 'spec'), replicas: specReplicas } }),
  };
}
