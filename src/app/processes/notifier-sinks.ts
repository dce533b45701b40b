import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { IoClock } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { SinkEnvironment } from '../../people/sink/environment.ts';
import { createSecretSource } from '../../people/sink/secret-source.ts';
import { createSinkOutbound } from '../../people/sink/sink-outbound.ts';
import { createTlsContext } from '../../platform/http/outbound.ts';
import { proxyChoice } from '../../platform/http/proxy-settings.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import type { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';
import type { Environment } from '../config/environment.ts';
import { proxiesOf } from './cluster-connection.ts';
import { readFailure } from './read-failure.ts';

/** What the surroundings of sinks are made of. */
export interface SinkSurroundings {
  readonly environment: Environment;
  /** `--sink-ca-file`: authorities that are trusted beside the usual ones; null when there are none. */
  readonly authorityFile: string | null;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly known: KnownSecrets;
  /** For secrets that are Secrets of the cluster; null where there is none. */
  readonly kube: { readonly client: Pick<KubeClient, 'get'>; readonly namespace: string } | null;
  readonly onClockSkew?: (sinkName: string, skewMs: number) => void;
}

/** The surroundings, and the end of their connections. */
export interface OpenSinkEnvironment extends SinkEnvironment {
  close(): Promise<void>;
}

/** Connects sinks with the world: through the environment's proxy where one is set. Throws Failure for a file that cannot be read. */
export async function openSinkEnvironment(surroundings: SinkSurroundings): Promise<OpenSinkEnvironment> {
  const { environment, authorityFile, ioClock, log, known, kube, onClockSkew } = surroundings;
  const certificateAuthority = authorityFile === null ? undefined : await readAuthorities(authorityFile);
  const { outbound, publicOutbound, close } = createSinkOutbound({
    ioClock,
    proxy: proxyChoice(proxiesOf(environment)),
    // Read once: for each connection anew, a hundred and fifty authorities are most of a MiB.
    ...(certificateAuthority === undefined
      ? {}
      : { tls: { certificateAuthority }, tlsContext: createTlsContext({ certificateAuthority }) }),
  });
  const secrets = createSecretSource({
    ioClock,
    known,
    ...(kube === null ? {} : { kube }),
    onFailure: (failure) =>
      log.warn('a secret can no longer be read; what it was last is used on', { error: errorText(failure) }),
  });
  return {
    outbound,
    publicOutbound,
    ioClock,
    secrets,
    known,
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(onClockSkew === undefined ? {} : { onClockSkew }),
    close,
  };
}

/** Those of the file beside those that every program of this machine trusts. */
async function readAuthorities(path: string): Promise<string> {
  const own = await readFile(path, 'utf8').catch((thrown: unknown) => {
    throw readFailure(`--sink-ca-file=${path}`, thrown);
  });
  return [...rootCertificates, own].join('\n');
}
