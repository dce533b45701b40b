import { cutText } from '../../../base/cut-text.ts';
import type { PodTroubleCause } from '../../../core/episode/notice.ts';
import type { PodTrouble } from '../../../core/episode/observation.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';

/** The parts of `v1 Pod` that say whether it serves, and why not. */
export interface WatchedPod extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly PodCondition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: object;
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
  };
}

/** What a cache keeps of a pod. */
export interface PodStanding {
  /** Whether it still belongs to its workload: neither ended nor on its way out. */
  readonly isActive: boolean;
  readonly isReady: boolean;
  readonly trouble: PodTrouble | null;
}

/** Longest part of the cluster's own words that is kept: what a scheduler says of a thousand nodes is longer. */
const MESSAGE_LENGTH_MAX = 300;

const IMAGE_REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** A container that does not come up for what it is or is given, and not for its image. */
const CRASH_REASONS: ReadonlySet<string> = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'StartError',
]);

type Fault = Omit<PodTrouble, 'podName'>;

/** Whether a pod serves, and why not. */
export function standingOf({ metadata, status }: WatchedPod): PodStanding {
  const phase = status?.phase ?? 'Pending';
  const isActive = metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
  const isReady =
    isActive && status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return { isActive, isReady, trouble: isActive && !isReady ? troubleOf(metadata.name, status) : null };
}

function troubleOf(podName: string, status: WatchedPod['status']): PodTrouble | null {
  const found = faultOf(status);
  return found === undefined ? null : { ...found, podName };
}

/** A pod that is being made is in no trouble yet. */
function faultOf(status: WatchedPod['status']): Fault | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return unscheduled(scheduled);
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers.flatMap(({ name, state }) =>
    state?.waiting === undefined
      ? []
      : [{ name, reason: state.waiting.reason ?? '', message: state.waiting.message ?? '' }],
  );
  const image = waiting.find(({ reason }) => IMAGE_REASONS.has(reason));
  if (image !== undefined) return faultIn('ImagePull', image.name, image.reason, image.message);
  const crashed = waiting.find(({ reason }) => CRASH_REASONS.has(reason));
  if (crashed !== undefined) return faultIn('CrashLoop', crashed.name, crashed.reason, crashed.message);
  const fallen = containers.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
  if (fallen !== undefined) {
    const { reason = 'Error', exitCode } = fallen.state?.terminated ?? {};
    return faultIn('CrashLoop', fallen.name, reason, `exit code ${exitCode}`);
  }
  const unready = status?.containerStatuses?.find(({ ready, state }) => ready !== true && state?.running !== undefined);
  if (unready === undefined) return undefined;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return faultIn('NotReady', unready.name, ready?.reason ?? 'ContainersNotReady', ready?.message ?? '');
}

/** A claim that is not bound is told by the scheduler too. */
function unscheduled({ reason = 'Unschedulable', message = '' }: PodCondition): Fault {
  const isVolume = /persistentvolumeclaim|volume node affinity|node\(s\) (?:had|did) .*volume/i.test(message);
  return {
    cause: isVolume ? 'VolumePending' : 'Unschedulable',
    message: cutText(message === '' ? reason : message, MESSAGE_LENGTH_MAX),
  };
}

function faultIn(cause: PodTroubleCause, container: string, reason: string, message: string): Fault {
  return {
    cause,
    message: cutText(`${container}: ${reason}${message === '' ? '' : `: ${message}`}`, MESSAGE_LENGTH_MAX),
  };
}
