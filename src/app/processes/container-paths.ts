import { join } from 'node:path';
import type { PrometheusBackend } from '../../metrics/prometheus/backend.ts';
import type { AdapterConfig } from '../config/adapter-config.ts';
import type { AuthenticationConfig, CertificateFiles, ServingConfig } from '../config/aggregated-server-config.ts';
import type { KubeletConnection, MetricsServerConfig } from '../config/metrics-server-config.ts';
import type { PassThroughConfig } from '../config/pass-through-flags.ts';
import type { PrometheusChoice } from '../config/prometheus-choice.ts';

/**
 * The same configuration in a container: each file that a flag names is one of the container's, whose root is the folder
 * `root` of this machine. Nothing of the machine itself is read.
 */
export function inContainer(root: string, config: MetricsServerConfig): MetricsServerConfig {
  const { kubelet, authorization } = config;
  return {
    ...config,
    kubeconfig: fileIn(root, config.kubeconfig),
    kubelet: { ...kubelet, connection: connectionIn(root, kubelet.connection) },
    serving: servingIn(root, config.serving),
    authentication: authenticationIn(root, config.authentication),
    authorization: { ...authorization, kubeconfig: fileIn(root, authorization.kubeconfig) },
  };
}

/** The same of an adapter. */
export function adapterInContainer(root: string, config: AdapterConfig): AdapterConfig {
  const { prometheus, passThrough, authorization } = config;
  return {
    ...config,
    rulesPath: fileIn(root, config.rulesPath),
    kubeconfig: fileIn(root, config.kubeconfig),
    prometheus: prometheusIn(root, prometheus),
    passThrough: passThrough === null ? null : passThroughIn(root, passThrough),
    serving: servingIn(root, config.serving),
    authentication: authenticationIn(root, config.authentication),
    authorization: { ...authorization, kubeconfig: fileIn(root, authorization.kubeconfig) },
  };
}

function prometheusIn(root: string, choice: PrometheusChoice): PrometheusChoice {
  if (choice.kind === 'file') return { ...choice, path: join(root, choice.path) };
  const { backend } = choice;
  const { caFile, certificateFile, privateKeyFile } = backend.tls;
  const tls = {
    ...backend.tls,
    ...(caFile === undefined ? {} : { caFile: join(root, caFile) }),
    ...(certificateFile === undefined ? {} : { certificateFile: join(root, certificateFile) }),
    ...(privateKeyFile === undefined ? {} : { privateKeyFile: join(root, privateKeyFile) }),
  };
  return { ...choice, backend: { ...backend, tls, ...secretsIn(root, backend) } };
}

function secretsIn(
  root: string,
  { authentication, kubeconfigFile }: PrometheusBackend,
): Pick<PrometheusBackend, 'authentication' | 'kubeconfigFile'> {
  const file = fileIn(root, kubeconfigFile);
  if (authentication.kind === 'tokenFile')
    return {
      authentication: { ...authentication, tokenFile: join(root, authentication.tokenFile) },
      kubeconfigFile: file,
    };
  if (authentication.kind === 'basicFile') {
    const passwordFile = join(root, authentication.passwordFile);
    return { authentication: { ...authentication, passwordFile }, kubeconfigFile: file };
  }
  return { authentication, kubeconfigFile: file };
}

function passThroughIn(root: string, config: PassThroughConfig): PassThroughConfig {
  const { caFile, tokenFile, clientCertificate } = config;
  return {
    ...config,
    caFile: fileIn(root, caFile),
    tokenFile: fileIn(root, tokenFile),
    clientCertificate: clientCertificate === null ? null : pairIn(root, clientCertificate),
  };
}

function fileIn(root: string, path: string | null): string | null {
  return path === null ? null : join(root, path);
}

function pairIn<T extends CertificateFiles>(root: string, pair: T): T {
  return { ...pair, certFile: join(root, pair.certFile), keyFile: join(root, pair.keyFile) };
}

function connectionIn(root: string, connection: KubeletConnection): KubeletConnection {
  if (connection.kind === 'plain') return connection;
  const { trust, clientCertificate } = connection;
  return {
    ...connection,
    trust: trust.kind === 'file' ? { ...trust, caFile: join(root, trust.caFile) } : trust,
    clientCertificate: clientCertificate === null ? null : pairIn(root, clientCertificate),
  };
}

function servingIn(root: string, serving: ServingConfig): ServingConfig {
  const { certificate, sniCertificates } = serving;
  return {
    ...serving,
    certificate:
      certificate.kind === 'files'
        ? pairIn(root, certificate)
        : { ...certificate, directory: join(root, certificate.directory) },
    sniCertificates: sniCertificates.map((pair) => pairIn(root, pair)),
  };
}

function authenticationIn(root: string, authentication: AuthenticationConfig): AuthenticationConfig {
  const { kubeconfig, clientCaFile, requestHeader } = authentication;
  return {
    ...authentication,
    kubeconfig: fileIn(root, kubeconfig),
    clientCaFile: fileIn(root, clientCaFile),
    requestHeader: requestHeader === null ? null : { ...requestHeader, caFile: join(root, requestHeader.caFile) },
  };
}
