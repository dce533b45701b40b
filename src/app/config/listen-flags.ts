import { z } from 'zod';

/** Where a process serves what it shows of itself, and over which certificate. */
export interface ListenConfig {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
}

const address = z.string().transform((text, context): { host: string; port: number } => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    context.addIssue({ code: 'custom', message: 'must be HOST:PORT, for example 127.0.0.1:9091 or [::]:9091' });
    return z.NEVER;
  }
  return { host: match[1] ?? (match[2] === '' ? '0.0.0.0' : (match[2] ?? '')), port };
});

/** The flags of a process's own server, which listens on loopback unless told otherwise. */
export const listenFlags = (port: number) => ({
  listen: address.default({ host: '127.0.0.1', port }),
  'tls-cert-file': z.string().min(1, 'must name a file').optional(),
  'tls-private-key-file': z.string().min(1, 'must name a file').optional(),
});

type ListenFlags = z.output<z.ZodObject<ReturnType<typeof listenFlags>>>;

/** Rules that span the flags, those that are broken. */
export function listenProblems(flags: ListenFlags): readonly string[] {
  if ((flags['tls-cert-file'] === undefined) === (flags['tls-private-key-file'] === undefined)) return [];
  return ['--tls-cert-file: goes together with --tls-private-key-file'];
}

/** What the flags ask for. */
export function listenOf(flags: ListenFlags): ListenConfig {
  const certFile = flags['tls-cert-file'];
  const keyFile = flags['tls-private-key-file'];
  return { ...flags.listen, tls: certFile === undefined || keyFile === undefined ? null : { certFile, keyFile } };
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
