import { spawn } from 'node:child_process';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { EXEC_CREDENTIAL_BYTES_MAX } from '../../base/limits.ts';
import type { Credential, CredentialSource } from './credential.ts';
import type { ExecEntry } from './kubeconfig-file.ts';

/** How a credential program is run. */
export interface ExecCredentialOptions {
  readonly exec: ExecEntry;
  readonly ioClock: IoClock;
  /** The environment of the program, to which the entry's own variables are added. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a person sits at standard input. */
  readonly isInteractive: boolean;
  /** What `provideClusterInfo` hands to the program: `spec.cluster` of the ExecCredential. */
  readonly cluster: Readonly<Record<string, unknown>>;
}

/** A person may have to log in through a browser. */
const INTERACTIVE_DEADLINE_MS = 300_000;
const DEADLINE_MS = 60_000;
/** A token that is about to expire is asked for anew. */
const EXPIRY_LEEWAY_MS = 10_000;

/**
 * The credential of a program, by the protocol client.authentication.k8s.io (v1, v1beta1): run when first needed, when what
 * it gave has expired, and when the server refuses that; never twice at once.
 */
export function execCredential(options: ExecCredentialOptions): CredentialSource {
  let held: Issued | undefined;
  let running: Promise<Issued> | undefined;

  const run = (): Promise<Issued> => {
    running ??= issue(options)
      .then((issued) => {
        held = issued;
        return issued;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  return {
    current: async () => {
      const isFresh =
        held !== undefined && (held.expiresAtMs === undefined || options.ioClock.wallMs() < held.expiresAtMs);
      return isFresh && held !== undefined ? held.credential : (await run()).credential;
    },
    renew: async (refused) => {
      // Somebody else may have renewed it while this request was under way.
      if (held !== undefined && held.credential !== refused) return true;
      return (await run()).credential !== refused;
    },
  };
}

interface Issued {
  readonly credential: Credential;
  /** Wall time; undefined when it never expires. */
  readonly expiresAtMs: number | undefined;
}

async function issue(options: ExecCredentialOptions): Promise<Issued> {
  const { exec } = options;
  const mode = exec.interactiveMode ?? 'IfAvailable';
  if (mode === 'Always' && !options.isInteractive) {
    throw new Failure('denied', `exec plugin ${exec.command} needs a person, but standard input is no terminal`);
  }
  const isInteractive = mode !== 'Never' && options.isInteractive;
  const output = await runProgram(options, isInteractive);
  return readIssued(exec, output);
}

function runProgram(options: ExecCredentialOptions, isInteractive: boolean): Promise<string> {
  const { exec, ioClock } = options;
  const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  const info = {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion,
    spec: { ...(exec.provideClusterInfo === true ? { cluster: options.cluster } : {}), interactive: isInteractive },
  };
  const child = spawn(exec.command, exec.args ?? [], {
    env: { ...options.environment, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    stdio: [isInteractive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let lengthBytes = 0;
    const fail = (reason: string, cause?: unknown): void => {
      cancel();
      child.kill();
      const hint = exec.installHint === undefined ? {} : { hint: exec.installHint };
      reject(new Failure('unavailable', `getting credentials: exec: ${reason}`, { ...hint, cause }));
    };
    const deadlineMs = isInteractive ? INTERACTIVE_DEADLINE_MS : DEADLINE_MS;
    const cancel = ioClock.after(deadlineMs, () =>
      fail(`executable ${exec.command} did not answer within ${deadlineMs / 1000} s`),
    );
    child.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.code === 'ENOENT' ? `executable ${exec.command} not found` : errorText(error), error);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      lengthBytes += chunk.byteLength;
      if (lengthBytes > EXEC_CREDENTIAL_BYTES_MAX)
        fail(`executable ${exec.command} wrote more than ${EXEC_CREDENTIAL_BYTES_MAX} bytes`);
      else chunks.push(chunk);
    });
    child.on('close', (code, signalName) => {
      cancel();
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else
        fail(`executable ${exec.command} failed with ${code === null ? `signal ${signalName}` : `exit code ${code}`}`);
    });
  });
}

function readIssued(exec: ExecEntry, output: string): Issued {
  const wrong = (rule: string): Failure => new Failure('unavailable', `exec plugin ${exec.command}: ${rule}`);
  let answer: ExecCredentialAnswer;
  try {
    answer = JSON.parse(output);
  } catch (thrown) {
    throw wrong(`its output is no JSON: ${errorText(thrown)}`);
  }
  if (answer.apiVersion !== exec.apiVersion) {
    throw wrong(
      `exec plugin is configured to use API version ${exec.apiVersion}, plugin returned version ${answer.apiVersion}`,
    );
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = answer.status ?? {};
  if ((clientCertificateData === undefined) !== (clientKeyData === undefined)) {
    throw wrong('plugin returned only certificate or key, not both');
  }
  if (token === undefined && clientCertificateData === undefined)
    throw wrong('plugin returned neither a token nor a certificate');
  const expiresAtMs =
    expirationTimestamp === undefined ? undefined : Date.parse(expirationTimestamp) - EXPIRY_LEEWAY_MS;
  if (Number.isNaN(expiresAtMs))
    throw wrong(`expirationTimestamp ${JSON.stringify(expirationTimestamp)} is no RFC 3339 time`);
  return {
    credential: {
      ...(token === undefined ? {} : { token }),
      ...(clientCertificateData === undefined || clientKeyData === undefined
        ? {}
        : { certificate: clientCertificateData, privateKey: clientKeyData }),
    },
    expiresAtMs,
  };
}

interface ExecCredentialAnswer {
  readonly apiVersion?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}
