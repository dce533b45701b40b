import { type AuditEntry, UPSTREAM_USER } from './audit-trail.ts';

/** The requests of one upstream reconcile, in order. */
export interface Reconcile {
  readonly requests: readonly AuditEntry[];
  /** The first request's arrival, and the last answer. */
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Cuts the HPA controller's requests of a namespace with one HPA into reconciles: each begins with the read of the scale
 * and ends with the write of the status, either of which may be missing. A read of the scale right after a refused write
 * of it belongs to the retry. A reconcile without any request, which can do nothing as it could do nothing before, is
 * not seen. One HPA is never reconciled twice at once, and two reconciles are a period apart.
 */
export function reconcilesOf(entries: readonly AuditEntry[]): readonly Reconcile[] {
  const groups: AuditEntry[][] = [];
  let open: AuditEntry[] | undefined;
  for (const entry of entries) {
    if (entry.user !== UPSTREAM_USER || entry.subject === 'events') continue;
    const last = open?.at(-1);
    if (open === undefined || last === undefined || (isScaleRead(entry) && !isRefusedWrite(last))) {
      open = [];
      groups.push(open);
    }
    open.push(entry);
    if (isStatusWrite(entry)) open = undefined;
  }
  return groups.map((requests) => ({
    requests,
    startMs: requests[0]?.receivedAtMs ?? 0,
    endMs: requests.at(-1)?.answeredAtMs ?? 0,
  }));
}

export function isStatusWrite({ subject, verb }: AuditEntry): boolean {
  return subject === 'horizontalpodautoscalers/status' && verb === 'update';
}

function isScaleRead({ subject, verb }: AuditEntry): boolean {
  return subject.endsWith('/scale') && verb === 'get';
}

function isRefusedWrite(entry: AuditEntry): boolean {
  return entry.subject.endsWith('/scale') && entry.verb === 'update' && entry.status >= 300;
}
