import { isIP } from 'node:net';
import type { ParsedMetricsServerFlags } from './metrics-server-flags.ts';
import { UNUSED_METRICS_SERVER_FLAGS } from './metrics-server-unused-flags.ts';

/** What the API server names its headers; under other names nobody is recognised. */
const STANDARD_HEADERS = [
  { flag: 'requestheader-username-headers', header: 'X-Remote-User' },
  { flag: 'requestheader-group-headers', header: 'X-Remote-Group' },
  { flag: 'requestheader-extra-headers-prefix', header: 'X-Remote-Extra-' },
  { flag: 'requestheader-uid-headers', header: 'X-Remote-Uid' },
] as const;

const HEADER_FLAGS = [...STANDARD_HEADERS.map(({ flag }) => flag), 'requestheader-allowed-names'] as const;

/** What an operator should know of flags that are taken, one line each: unsafe ones first, those without effect last. */
export function metricsServerWarnings(
  flags: ParsedMetricsServerFlags,
  given: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const unused = [...given.keys()].flatMap((name) => {
    const flag = UNUSED_METRICS_SERVER_FLAGS.get(name);
    return flag === undefined ? [] : [`--${name}: accepted, without effect: ${flag.why}`];
  });
  const format =
    flags['logging-format'] === 'text' ? ['--logging-format=text: without effect: log lines are JSON on stderr'] : [];
  return [
    ...kubeletWarnings(flags),
    ...sniWarnings(flags),
    ...requestHeaderWarnings(flags, given),
    ...format,
    ...unused,
  ];
}

function kubeletWarnings(flags: ParsedMetricsServerFlags): readonly string[] {
  if (flags['deprecated-kubelet-completely-insecure']) {
    return [
      '--deprecated-kubelet-completely-insecure: numbers come from kubelets over plain HTTP, and anybody on the way can change them; open the kubelets’ authenticated port and leave this flag out',
    ];
  }
  if (!flags['kubelet-insecure-tls']) return [];
  return [
    '--kubelet-insecure-tls: no kubelet has to prove who it is, and whoever answers in its place gets this program’s token; set serverTLSBootstrap: true in the kubelets’ configuration, approve their certificate requests (kubectl get csr, kubectl certificate approve NAME), and leave this flag out',
  ];
}

function sniWarnings(flags: ParsedMetricsServerFlags): readonly string[] {
  const addresses = flags['tls-sni-cert-key'].flatMap(({ names }) => names.filter((name) => isIP(name) !== 0));
  return addresses.map(
    (address) => `--tls-sni-cert-key: ${address} is without effect: clients name hosts, not addresses; leave it out`,
  );
}

function requestHeaderWarnings(
  flags: ParsedMetricsServerFlags,
  given: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  if (flags['requestheader-client-ca-file'] === null) {
    const ignored = HEADER_FLAGS.filter((flag) => given.has(flag)).map(
      (flag) =>
        `--${flag}: without effect unless --requestheader-client-ca-file is given: the cluster’s own settings hold`,
    );
    const isNobodyBelieved = flags['authentication-skip-lookup'];
    return isNobodyBelieved
      ? [
          '--authentication-skip-lookup: without --requestheader-client-ca-file the API server is not recognised, and kubectl top and HPAs are refused',
          ...ignored,
        ]
      : ignored;
  }
  return STANDARD_HEADERS.flatMap(({ flag, header }) => {
    const names = flags[flag];
    const isThere = names.length === 0 || names.some((name) => name.toLowerCase() === header.toLowerCase());
    return isThere ? [] : [`--${flag}: ${header} is not among them, which is what the API server sends`];
  });
}
