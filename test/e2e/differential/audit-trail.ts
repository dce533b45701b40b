import { parseRfc3339 } from '../../../src/base/rfc3339.ts';
import type { KubeObject } from '../../../src/platform/kube/client.ts';

/** One finished request as the API server wrote it down, with the bodies that the policy asks for. */
export interface AuditEntry {
  readonly auditId: string;
  readonly user: string;
  readonly verb: string;
  /** `resource` or `resource/subresource`. */
  readonly subject: string;
  readonly namespace: string;
  readonly name: string;
  /** Path with query. */
  readonly path: string;
  /** Epoch ms, to the microsecond; the effect lies in between. */
  readonly receivedAtMs: number;
  readonly answeredAtMs: number;
  readonly status: number;
  readonly requestObject: unknown;
  /** The object that came back, or the Status of a refusal. */
  readonly responseObject: KubeObject | undefined;
}

/** The user that is kube-controller-manager's HPA controller. */
export const UPSTREAM_USER = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler';

/** The requests of each namespace in the order of their arrival. */
export function readAuditTrail(lines: readonly string[]): ReadonlyMap<string, readonly AuditEntry[]> {
  const entries = lines.filter((line) => line.endsWith('}')).map((line) => readEntry(JSON.parse(line)));
  entries.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  return Map.groupBy(entries, ({ namespace }) => namespace);
}

interface WireEntry {
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly responseStatus: { readonly code: number };
  readonly requestObject?: unknown;
  readonly responseObject?: KubeObject;
}

function readEntry(wire: WireEntry): AuditEntry {
  const { resource = '', subresource, namespace = '', name = '' } = wire.objectRef ?? {};
  const { metadata } = wire.responseObject ?? {};
  return {
    auditId: wire.auditID,
    user: wire.user.username,
    verb: wire.verb,
    subject: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name: name === '' ? (metadata?.name ?? '') : name,
    path: wire.requestURI,
    receivedAtMs: parseRfc3339(wire.requestReceivedTimestamp) ?? 0,
    answeredAtMs: parseRfc3339(wire.stageTimestamp) ?? 0,
    status: wire.responseStatus.code,
    requestObject: wire.requestObject,
    responseObject: wire.responseObject,
  };
}
