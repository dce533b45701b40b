import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';

/** A request as the API server wrote it down when it answered. */
export interface AuditedRequest {
  readonly verb: string;
  /** `resource.group/subresource`, or the path of a request that is about no resource. */
  readonly subject: string;
  readonly namespace: string;
  readonly status: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

/** Every request of that user so far, in the order of the answers; the cluster must keep an audit log. */
export async function readRequests(cluster: Cluster, user: string): Promise<readonly AuditedRequest[]> {
  const text = await readFile(join(cluster.folder, 'logs', 'audit.jsonl'), 'utf8');
  // The last line may be half written.
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
  return lines
    .map((line): AuditEvent => JSON.parse(line))
    .filter(({ user: { username } }) => username === user)
    .map(({ verb, requestURI, objectRef, responseStatus }) => ({
      verb,
      subject: objectRef === undefined ? requestURI : subjectOf(objectRef),
      namespace: objectRef?.namespace ?? '',
      status: responseStatus?.code ?? 0,
    }));
}

function subjectOf({ resource, apiGroup, subresource }: NonNullable<AuditEvent['objectRef']>): string {
  return `${resource}${apiGroup === undefined ? '' : `.${apiGroup}`}${subresource === undefined ? '' : `/${subresource}`}`;
}
