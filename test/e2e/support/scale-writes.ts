import { readFile } from 'node:fs/promises';

/** A scale write that the API server accepted, from its audit log. */
export interface ScaleWrite {
  /** `namespace/name` of the target. */
  readonly target: string;
  readonly atMs: number;
  readonly toReplicas: number;
  readonly user: string;
}

/** Writes down scale writes whole, and of everything else its metadata. */
export const SCALE_AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [
    {
      level: 'RequestResponse',
      verbs: ['update', 'patch'],
      resources: [{ group: 'apps', resources: ['deployments/scale'] }],
    },
    {
      level: 'Metadata',
      verbs: ['create', 'update', 'patch', 'delete'],
      resources: [
        { group: 'autoscaling', resources: ['horizontalpodautoscalers/status'] },
        { group: '', resources: ['configmaps'] },
        { group: 'coordination.k8s.io', resources: ['leases'] },
      ],
    },
    { level: 'None' },
  ],
};

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly requestObject?: { readonly spec?: { readonly replicas?: number } };
  readonly stageTimestamp: string;
}

/** A write of any kind that the API server accepted, at the instant of its answer. */
export interface AcceptedWrite {
  readonly user: string;
  readonly atMs: number;
  /** `resource/subresource namespace/name`. */
  readonly subject: string;
  /** The count that a scale write asked for; null for other writes. */
  readonly toReplicas: number | null;
}

/** Every accepted write of the log, in the order of the instants. */
export async function readAcceptedWrites(auditLog: string): Promise<readonly AcceptedWrite[]> {
  const text = await readFile(auditLog, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const writes = lines
    .filter((line) => line !== '')
    .map((line): AuditEvent => JSON.parse(line))
    .filter(({ responseStatus }) => responseStatus !== undefined && responseStatus.code < 300)
    .map(({ user, objectRef, requestObject, stageTimestamp }) => ({
      user: user.username,
      atMs: Date.parse(stageTimestamp),
      subject: `${objectRef?.resource}/${objectRef?.subresource ?? ''} ${objectRef?.namespace}/${objectRef?.name}`,
      toReplicas: objectRef?.subresource === 'scale' ? (requestObject?.spec?.replicas ?? 0) : null,
    }));
  return writes.sort((left, right) => left.atMs - right.atMs);
}

/** The scale writes among them. */
export function scaleWritesOf(writes: readonly AcceptedWrite[]): readonly ScaleWrite[] {
  return writes.flatMap(({ user, atMs, subject, toReplicas }) =>
    toReplicas === null ? [] : [{ user, atMs, toReplicas, target: subject.slice(subject.indexOf(' ') + 1) }],
  );
}

/** The most pods that were added within any `periodMs`, from a target that had `fromReplicas` before its first write. */
export function mostAddedWithin(periodMs: number, fromReplicas: number, writes: readonly ScaleWrite[]): number {
  let before = fromReplicas;
  const added = writes.map(({ atMs, toReplicas }) => {
    const count = Math.max(0, toReplicas - before);
    before = toReplicas;
    return { atMs, count };
  });
  return Math.max(
    0,
    ...added.map(({ atMs }) =>
      added
        .filter((other) => other.atMs > atMs - periodMs && other.atMs <= atMs)
        .reduce((sum, { count }) => sum + count, 0),
    ),
  );
}
