import { hostname } from 'node:os';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { KeyPair } from '../../platform/http/certificates.ts';
import { type Listener, openListener } from '../../platform/http/listener.ts';
import { withSigner } from '../../platform/http/signer.ts';
import { followTlsFiles, readTlsFiles, type TlsFiles } from '../../platform/http/tls-files.ts';
import type { Health } from '../../platform/telemetry/health.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import { isLoopback, type ListenConfig } from '../config/listen-flags.ts';

/** What a process shows of itself, and how it is called in a certificate that it makes for itself. */
export interface OwnListenerPorts {
  /** `podtide-controller`. */
  readonly name: string;
  readonly health: Health;
  readonly telemetry: Telemetry;
  readonly ioClock: IoClock;
  readonly log: Log;
  /** Asked after the endpoints of every process; undefined is not found. */
  readonly handle?: (request: Request) => Promise<Response | undefined>;
}

/** The server at work. */
export interface OwnListener {
  readonly url: string;
  close(): Promise<void>;
}

/** For answers under way at the end. */
const DRAIN_MS = 1_000;

/** A certificate that nobody checks lives as long as a process may. */
const SELF_SIGNED_MS = 10 * 365 * 86_400_000;

/**
 * Serves `/metrics`, `/healthz`, `/livez` and `/readyz`, and what else a process has. Beyond loopback always over TLS: with
 * the certificate of the files, or like kube-controller-manager with one made here.
 */
export async function openOwnListener(where: ListenConfig, ports: OwnListenerPorts): Promise<OwnListener> {
  const { health, telemetry, ioClock, log } = ports;
  const files = where.tls === null ? null : { certificateFile: where.tls.certFile, privateKeyFile: where.tls.keyFile };
  const pair = await servingPair(where.host, files, ports);
  const listener = await openListener({
    address: where.host,
    port: where.port,
    portFlag: '--listen',
    ioClock,
    ...(pair === null ? {} : { tls: pair }),
    // A page in a browser of this machine must not reach what is shown without a token.
    ...(isLoopback(where.host) ? { hosts: [] } : {}),
    handle: async (request) => {
      try {
        return (
          health.answer(new URL(request.url)) ??
          (await exposition(request, telemetry)) ??
          (await ports.handle?.(request)) ??
          new Response('not found\n', { status: 404 })
        );
      } catch (thrown) {
        log.error('a request met a bug', { path: new URL(request.url).pathname, error: errorText(thrown) });
        return new Response('a bug was met; the log says more\n', { status: 500 });
      }
    },
  });
  const stopFollowing = files === null || pair === null ? () => {} : follow(files, pair, listener, ports);
  return {
    url: listener.url,
    close: () => {
      stopFollowing();
      return listener.close(DRAIN_MS);
    },
  };
}

async function servingPair(
  host: string,
  files: TlsFiles | null,
  { name, ioClock }: Pick<OwnListenerPorts, 'name' | 'ioClock'>,
): Promise<KeyPair | null> {
  if (files !== null) return readTlsFiles(files);
  if (isLoopback(host)) return null;
  const lifetime = { nowMs: ioClock.wallMs(), validityMs: SELF_SIGNED_MS };
  const names = { dnsNames: [hostname(), 'localhost'], addresses: ['127.0.0.1'] };
  return withSigner(async (signer) => {
    const authority = await signer.createCertificateAuthority({ commonName: `${name}-${hostname()}`, ...lifetime });
    return signer.issueServingCertificate(authority, { commonName: hostname(), ...lifetime }, names);
  });
}

function follow(
  files: TlsFiles,
  pair: KeyPair,
  listener: Listener,
  { ioClock, log }: Pick<OwnListenerPorts, 'ioClock' | 'log'>,
): Release {
  return followTlsFiles(files, pair, {
    ioClock,
    onChange: (renewed) => listener.renewTls(renewed),
    onFailure: (failure) => log.warn('the serving certificate was not renewed', { error: failure.message }),
  });
}

async function exposition(request: Request, telemetry: Telemetry): Promise<Response | undefined> {
  if (new URL(request.url).pathname !== '/metrics') return undefined;
  const { contentType, text } = await telemetry.expose();
  return new Response(text, { headers: { 'content-type': contentType } });
}
