import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { IoClock, Release } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { keepAuthorities } from '../../platform/access/authority-keeper.ts';
import {
  openServingCertificate,
  type ServingCertificate,
  serviceNames,
} from '../../platform/access/serving-certificate.ts';
import type { TlsFiles } from '../../platform/http/tls-files.ts';
import { isApiFailure } from '../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { ServingConfig } from '../config/aggregated-server-config.ts';

/** What the listener shows, for as long as it is looked after. */
export interface ServingHold {
  readonly certificate: ServingCertificate | TlsFiles;
  /**
   * Puts the authority of the certificate into our APIServices, and keeps it there. To be called once it is listened: the API
   * server tries at once, and after a try in vain not again for up to half a minute.
   */
  announce(): void;
  /** Looks after these APIServices too, where those of the start are looked after. */
  addApiServices(apiServices: readonly string[]): void;
  stop(): Promise<void>;
}

/** What a certificate that is made here is kept with. */
export interface ServingPorts {
  readonly client: KubeClient;
  /** For the watches of our APIServices. */
  readonly kube: KubeClientOptions;
  /** `v1beta1.metrics.k8s.io` */
  readonly apiServices: readonly string[];
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** By these names upstream's servers keep what they serve with in `--cert-dir`. */
const CERTIFICATE_NAME = 'apiserver.crt';
const KEY_NAME = 'apiserver.key';

/**
 * The certificate of the files that flags name, of `--cert-dir` where there is one, or one made here, whose authority is then
 * kept in `caBundle` of our APIServices unless that is somebody else's business.
 */
export async function openServingMaterial(config: ServingConfig, ports: ServingPorts): Promise<ServingHold> {
  const { certificate } = config;
  if (certificate.kind === 'files') {
    return heldFiles({ certificateFile: certificate.certFile, privateKeyFile: certificate.keyFile });
  }
  const found = {
    certificateFile: join(certificate.directory, CERTIFICATE_NAME),
    privateKeyFile: join(certificate.directory, KEY_NAME),
  };
  if ((await isReadable(found.certificateFile)) && (await isReadable(found.privateKeyFile))) {
    ports.log.info('the certificate of --cert-dir is served', { file: found.certificateFile });
    return heldFiles(found);
  }
  return await openSelfMade(config, certificate.secret, ports);
}

async function openSelfMade(
  { service, isCaBundleKept }: ServingConfig,
  secret: { readonly namespace: string; readonly name: string },
  { client, kube, apiServices, ioClock, log }: ServingPorts,
): Promise<ServingHold> {
  const keeper = isCaBundleKept ? keepAuthorities({ client, kube, ioClock, log, apiServices, service }) : null;
  try {
    const certificate = await openServingCertificate({
      client,
      ioClock,
      log,
      secret,
      names: serviceNames(service),
      // Whoever looks after `caBundle` in our place must be quick, as nobody asks them.
      isPublished: (caBundle) => keeper?.isPublished(caBundle) ?? true,
    });
    let unsubscribe: Release = () => {};
    return {
      certificate,
      announce: () => {
        if (keeper === null) return;
        const publish = (): void => keeper.publish(certificate.caBundle);
        unsubscribe = certificate.subscribe(publish);
        publish();
      },
      addApiServices: (added) => keeper?.add(added),
      stop: async () => {
        unsubscribe();
        certificate.stop();
        await keeper?.stop();
      },
    };
  } catch (thrown) {
    await keeper?.stop();
    throw isApiFailure(thrown, 404) ? withoutNamespace(service, thrown) : thrown;
  }
}

/** Only the namespace can be missing when a Secret is made; upstream's words for that name no flag. */
function withoutNamespace({ namespace, name }: ServingConfig['service'], cause: unknown): Failure {
  const text = `--service=${namespace}/${name}: there is no namespace ${namespace}, in which replicas share their serving certificate`;
  const hint = `kubectl create namespace ${namespace}, or let --service name the Service that really stands in front, in its namespace`;
  return new Failure('notFound', text, { hint, cause });
}

function heldFiles(certificate: TlsFiles): ServingHold {
  return { certificate, announce: () => {}, addApiServices: () => {}, stop: async () => {} };
}

async function isReadable(file: string): Promise<boolean> {
  try {
    await access(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
