import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

/** A request that the API server answered. */
export interface AuditedCall {
  /** When it came in, epoch ms with microseconds as a fraction. */
  readonly atMs: number;
  readonly user: string;
  readonly verb: string;
  /** `resource.group/subresource`; a path without its query where the request is about no resource. */
  readonly subject: string;
  readonly namespace: string;
  readonly name: string;
  readonly statusCode: number;
}

/** One line for each finished request of these users, its metadata alone. */
export function auditPolicyOf(users: readonly string[]) {
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'None', verbs: ['watch'] }, { level: 'Metadata', users }, { level: 'None' }],
  };
}

/** Flags of an API server that writes the log into one file however long it grows. */
export function auditFlags(policyFile: string, logFile: string): readonly string[] {
  return [`--audit-policy-file=${policyFile}`, `--audit-log-path=${logFile}`, '--audit-log-maxsize=100000'];
}

const CHUNK_BYTES = 1024 * 1024;

/** The audit log, read on as it grows. */
export class AuditTrail {
  readonly #file: string;
  readonly #decoder = new StringDecoder('utf8');
  #offsetBytes = 0;
  #unfinished = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** The calls that were written since the last reading, in the order of their answers. */
  async readOn(): Promise<readonly AuditedCall[]> {
    const calls: AuditedCall[] = [];
    const file = await open(this.#file, 'r');
    try {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, this.#offsetBytes);
        if (bytesRead === 0) return calls;
        this.#offsetBytes += bytesRead;
        const lines = (this.#unfinished + this.#decoder.write(buffer.subarray(0, bytesRead))).split('\n');
        this.#unfinished = lines.pop() ?? '';
        for (const line of lines) calls.push(callOf(JSON.parse(line)));
      }
    } finally {
      await file.close();
    }
  }
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

function callOf(event: AuditEvent): AuditedCall {
  const { objectRef } = event;
  return {
    atMs: epochMs(event.requestReceivedTimestamp),
    user: event.user.username,
    verb: event.verb,
    subject: objectRef === undefined ? (event.requestURI.split('?')[0] ?? '') : subjectOf(objectRef),
    namespace: objectRef?.namespace ?? '',
    name: objectRef?.name ?? '',
    statusCode: event.responseStatus?.code ?? 0,
  };
}

function subjectOf({ resource, apiGroup, subresource }: NonNullable<AuditEvent['objectRef']>): string {
  return `${resource}${apiGroup === undefined ? '' : `.${apiGroup}`}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** `2026-01-01T00:00:00.123456Z`, of which `Date` reads the milliseconds only. */
function epochMs(text: string): number {
  const microseconds = /\.\d{3}(\d{3})Z$/.exec(text)?.[1] ?? '0';
  return Date.parse(text) + Number(microseconds) / 1000;
}
