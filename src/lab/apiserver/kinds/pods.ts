import type { Kind, OtherSubresource } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, ageText, column, NAME_COLUMN, wideColumn } from './columns.ts';
import { listAt, numberAt, recordAt, textAt, valueAt } from './field-path.ts';
import { defaultPodSpec, TERMINATION_GRACE_SECONDS } from './pod-template.ts';
import { podSpecProblems } from './pod-validation.ts';

const STREAM_VERBS = ['create', 'get'] as const;

const SUBRESOURCES: readonly OtherSubresource[] = [
  { name: 'attach', verbs: STREAM_VERBS, responseKind: { group: '', version: '', kind: 'PodAttachOptions' } },
  { name: 'exec', verbs: STREAM_VERBS, responseKind: { group: '', version: '', kind: 'PodExecOptions' } },
  { name: 'log', verbs: ['get'] },
  { name: 'portforward', verbs: STREAM_VERBS, responseKind: { group: '', version: '', kind: 'PodPortForwardOptions' } },
];

/** Pods of the core group. */
export const POD: Kind = {
  group: '',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  otherSubresources: SUBRESOURCES,
  selectableFields: {
    'spec.nodeName': (object) => textAt(object, 'spec', 'nodeName'),
    'spec.restartPolicy': (object) => textAt(object, 'spec', 'restartPolicy'),
    'spec.schedulerName': (object) => textAt(object, 'spec', 'schedulerName'),
    'spec.serviceAccountName': (object) => textAt(object, 'spec', 'serviceAccountName'),
    'status.phase': (object) => textAt(object, 'status', 'phase'),
    'status.podIP': (object) => textAt(object, 'status', 'podIP'),
    'status.nominatedNodeName': (object) => textAt(object, 'status', 'nominatedNodeName'),
  },
  gracePeriodSeconds: gracePeriodOf,
  versions: [
    {
      name: 'v1',
      schema: 'core.v1.Pod',
      columns: [
        NAME_COLUMN,
        column('Ready', 'Ready of all containers.', readyText),
        column('Status', 'What the pod is doing.', statusText),
        column('Restarts', 'How often containers were started again.', restartsText),
        AGE_COLUMN,
        wideColumn('IP', 'Address of the pod.', (object) => textAt(object, 'status', 'podIP') || '<none>'),
        wideColumn('Node', 'Node that the pod runs on.', (object) => textAt(object, 'spec', 'nodeName') || '<none>'),
        wideColumn(
          'Nominated Node',
          'Node that is being cleared for the pod.',
          (object) => textAt(object, 'status', 'nominatedNodeName') || '<none>',
        ),
        wideColumn('Readiness Gates', 'Conditions that the pod waits for.', () => '<none>'),
      ],
    },
  ],
  setDefaults: (object) => ({
    ...object,
    spec: { enableServiceLinks: true, ...defaultPodSpec(recordAt(object, 'spec')) },
  }),
  prepareForCreate: (object) => ({
    ...object,
    spec: {
      ...recordAt(object, 'spec'),
      serviceAccountName: textAt(object, 'spec', 'serviceAccountName') || 'default',
    },
    status: { phase: 'Pending', qosClass: qosClassOf(object) },
  }),
  validateCreate: (object) => podSpecProblems(recordAt(object, 'spec'), 'spec'),
};

/** A pod that never got a node, or has ended, is gone at once. */
function gracePeriodOf(object: ApiObject): number {
  const phase = textAt(object, 'status', 'phase');
  if (textAt(object, 'spec', 'nodeName') === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const seconds = valueAt(object, 'spec', 'terminationGracePeriodSeconds');
  return typeof seconds === 'number' ? seconds : TERMINATION_GRACE_SECONDS;
}

function readyText(object: ApiObject): string {
  const readyCount = listAt(object, 'status', 'containerStatuses').filter(
    (status) => valueAt(status, 'ready') === true,
  ).length;
  return `${readyCount}/${listAt(object, 'spec', 'containers').length}`;
}

/** As upstream's printer puts it together: deletion first, then what a container waits for or ended with, then the phase. */
function statusText(object: ApiObject): string {
  if (object.metadata.deletionTimestamp !== undefined) {
    return textAt(object, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
  }
  for (const status of [...listAt(object, 'status', 'containerStatuses')].reverse()) {
    const waiting = textAt(status, 'state', 'waiting', 'reason');
    if (waiting !== '') return waiting;
    const ended = valueAt(status, 'state', 'terminated');
    if (ended !== undefined) return textAt(ended, 'reason') || `ExitCode:${numberAt(ended, 'exitCode')}`;
  }
  return textAt(object, 'status', 'reason') || textAt(object, 'status', 'phase');
}

function restartsText(object: ApiObject, nowMs: number): string {
  const statuses = listAt(object, 'status', 'containerStatuses');
  const count = statuses.reduce<number>((sum, status) => sum + numberAt(status, 'restartCount'), 0);
  const lastEnd = statuses
    .map((status) => textAt(status, 'lastState', 'terminated', 'finishedAt'))
    .sort()
    .at(-1);
  return count === 0 || !lastEnd ? String(count) : `${count} (${ageText(lastEnd, nowMs)} ago)`;
}

/** Guaranteed when every container's limits equal its requests for cpu and memory, BestEffort when none asks for any. */
function qosClassOf(object: ApiObject): string {
  const resources = listAt(object, 'spec', 'containers').map((container) => recordAt(container, 'resources'));
  if (resources.every((entry) => !hasAny(entry, 'requests') && !hasAny(entry, 'limits'))) return 'BestEffort';
  const isGuaranteed = resources.every((entry) =>
    ['cpu', 'memory'].every((name) => {
      const limit = textAt(entry, 'limits', name);
      return limit !== '' && (textAt(entry, 'requests', name) || limit) === limit;
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function hasAny(resources: Readonly<Record<string, unknown>>, part: 'requests' | 'limits'): boolean {
  return ['cpu', 'memory'].some((name) => textAt(resources, part, name) !== '');
}
