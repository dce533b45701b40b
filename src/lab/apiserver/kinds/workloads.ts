import type { Kind, ScaleSubresource, WriteContext } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, column, mapSelectorText, NAME_COLUMN, objectSelectorText, workloadColumns } from './columns.ts';
import { listAt, numberAt, recordAt, textAt, valueAt, withDefaults } from './field-path.ts';
import { defaultPodTemplate } from './pod-template.ts';
import { immutableProblem, workloadProblems } from './workload-validation.ts';

/** Deployments of `apps/v1`. */
export const DEPLOYMENT: Kind = {
  group: 'apps',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  scale: scaleBy(objectSelectorText),
  versions: [
    {
      name: 'v1',
      schema: 'apps.v1.Deployment',
      columns: [
        NAME_COLUMN,
        column(
          'Ready',
          'Ready of desired pods.',
          (object) => `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`,
        ),
        column('Up-to-date', 'Pods of the newest template.', (object) => numberAt(object, 'status', 'updatedReplicas')),
        column('Available', 'Pods ready for long enough.', (object) => numberAt(object, 'status', 'availableReplicas')),
        AGE_COLUMN,
        ...workloadColumns(objectSelectorText),
      ],
    },
  ],
  setDefaults: (object) => withSpec(object, defaultDeploymentSpec(recordAt(object, 'spec'))),
  prepareForCreate: withoutStatus,
  validateCreate: (object) => workloadProblems(object, 'object'),
  validateUpdate: (object, before) => [
    ...workloadProblems(object, 'object'),
    ...immutableProblem(object, before, 'selector'),
  ],
};

function defaultDeploymentSpec(spec: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const strategy = recordAt(spec, 'strategy');
  const type = textAt(strategy, 'type') || 'RollingUpdate';
  const rollingUpdate = withDefaults(recordAt(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
  return withDefaults(
    {
      ...spec,
      template: defaultPodTemplate(recordAt(spec, 'template')),
      strategy: type === 'RollingUpdate' ? { ...strategy, type, rollingUpdate } : { ...strategy, type },
    },
    { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  );
}

/** ReplicaSets of `apps/v1`. */
export const REPLICA_SET: Kind = {
  group: 'apps',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  scale: scaleBy(objectSelectorText),
  versions: [{ name: 'v1', schema: 'apps.v1.ReplicaSet', columns: countColumns(objectSelectorText) }],
  setDefaults: (object) =>
    withSpec(
      object,
      withDefaults(
        { ...recordAt(object, 'spec'), template: defaultPodTemplate(recordAt(object, 'spec', 'template')) },
        { replicas: 1 },
      ),
    ),
  prepareForCreate: (object) => ({ ...object, status: { replicas: 0 } }),
  validateCreate: (object) => workloadProblems(object, 'object'),
  validateUpdate: (object, before) => [
    ...workloadProblems(object, 'object'),
    ...immutableProblem(object, before, 'selector'),
  ],
};

/** ReplicationControllers of the core group. */
export const REPLICATION_CONTROLLER: Kind = {
  group: '',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  scale: scaleBy(controllerSelectorText),
  versions: [{ name: 'v1', schema: 'core.v1.ReplicationController', columns: countColumns(controllerSelectorText) }],
  setDefaults: (object) => withSpec(object, defaultControllerSpec(recordAt(object, 'spec'))),
  prepareForCreate: (object) => ({ ...object, status: { replicas: 0 } }),
  validateCreate: (object) => workloadProblems(object, 'map'),
  validateUpdate: (object) => workloadProblems(object, 'map'),
};

/** An empty selector takes the template's labels. */
function defaultControllerSpec(spec: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const template = defaultPodTemplate(recordAt(spec, 'template'));
  const selector =
    Object.keys(recordAt(spec, 'selector')).length === 0
      ? recordAt(template, 'metadata', 'labels')
      : recordAt(spec, 'selector');
  return withDefaults({ ...spec, template, selector }, { replicas: 1 });
}

function controllerSelectorText(object: ApiObject): string {
  return mapSelectorText(recordAt(object, 'spec', 'selector'));
}

/** StatefulSets of `apps/v1`. */
export const STATEFUL_SET: Kind = {
  group: 'apps',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  scale: scaleBy(objectSelectorText),
  versions: [
    {
      name: 'v1',
      schema: 'apps.v1.StatefulSet',
      columns: [
        NAME_COLUMN,
        column(
          'Ready',
          'Ready of desired pods.',
          (object) => `${numberAt(object, 'status', 'readyReplicas')}/${numberAt(object, 'spec', 'replicas')}`,
        ),
        AGE_COLUMN,
        ...workloadColumns(objectSelectorText).slice(0, 2),
      ],
    },
  ],
  setDefaults: (object) =>
    withSpec(
      object,
      withDefaults(
        { ...recordAt(object, 'spec'), template: defaultPodTemplate(recordAt(object, 'spec', 'template')) },
        {
          replicas: 1,
          podManagementPolicy: 'OrderedReady',
          revisionHistoryLimit: 10,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        },
      ),
    ),
  prepareForCreate: (object) => ({ ...object, status: { replicas: 0, availableReplicas: 0 } }),
  validateCreate: (object) => workloadProblems(object, 'object'),
  validateUpdate: (object, before) => [
    ...workloadProblems(object, 'object'),
    ...immutableProblem(object, before, 'selector'),
  ],
};

/** DaemonSets are stored and shown; the lab runs no controller for them. They have no scale subresource. */
export const DAEMON_SET: Kind = {
  group: 'apps',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  versions: [
    {
      name: 'v1',
      schema: 'apps.v1.DaemonSet',
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
    },
  ],
  setDefaults: (object) =>
    withSpec(
      object,
      withDefaults(
        { ...recordAt(object, 'spec'), template: defaultPodTemplate(recordAt(object, 'spec', 'template')) },
        {
          revisionHistoryLimit: 10,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        },
      ),
    ),
  prepareForCreate: (object) => ({
    ...object,
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  }),
  validateCreate: (object) => workloadProblems(object, 'object'),
};

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

function statusColumn(name: string, field: string): ReturnType<typeof column> {
  return column(
    name,
    `Pods, as status.${field} counts them.`,
    (object) => numberAt(object, 'status', field),
    'integer',
  );
}

function countColumns(selectorText: (object: ApiObject) => string): readonly ReturnType<typeof column>[] {
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
    write: (object, specReplicas) => withSpec(object, { ...recordAt(object, 'spec'), replicas: specReplicas }),
  };
}

function withSpec(object: ApiObject, spec: Readonly<Record<string, unknown>>): ApiObject {
  return { ...object, spec };
}

function withoutStatus(object: ApiObject, _context: WriteContext): ApiObject {
  return { ...object, status: {} };
}
