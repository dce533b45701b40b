import type { Lease } from '../../src/platform/kube/leader-election.ts';

/** One Lease behind an API that refuses stale writes, and faults on demand. */
export class LeaseServer {
  lease: Lease | undefined;
  writeCount = 0;
  fault: 'none' | 'hangs' | 'breaks' | 'answers 500' = 'none';
  #version = 0;

  async handle(request: Request): Promise<Response> {
    if (this.fault === 'hangs') return new Promise<Response>(() => {});
    if (this.fault === 'breaks') throw new Error('read ECONNRESET');
    if (this.fault === 'answers 500') return refused(500, 'InternalError');
    if (request.method === 'GET')
      return this.lease === undefined ? refused(404, 'NotFound') : Response.json(this.lease);
    const lease = (await request.json()) as Lease;
    if (request.method === 'POST' && this.lease !== undefined) return refused(409, 'AlreadyExists');
    if (request.method === 'PUT' && lease.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      return refused(409, 'Conflict');
    this.#version += 1;
    this.writeCount += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#version) } };
    return Response.json(this.lease);
  }
}

function refused(code: number, reason: string): Response {
  return Response.json({ kind: 'Status', status: 'Failure', message: reason, reason, code }, { status: code });
}
