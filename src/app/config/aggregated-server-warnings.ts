import { isIP } from 'node:net';
import type { ParsedAggregatedServerFlags } from './aggregated-server-flags.ts';

/** What the API server names its headers; under other names nobody is recognised. */
const STANDARD_HEADERS = [
  { flag: 'requestheader-username-headers', header: 'X-Remote-User' },
  { flag: 'requestheader-group-headers', header: 'X-Remote-Group' },
  { flag: 'requestheader-extra-headers-prefix', header: 'X-Remote-Extra-' },
  { flag: 'requestheader-uid-headers', header: 'X-Remote-Uid' },
] as const;

const HEADER_FLAGS = [...STANDARD_HEADERS.map(({ flag }) => flag), 'requestheader-allowed-names'] as const;

/** What an operator should know of flags that every aggregated server takes, one line each. */
export function aggregatedServerWarnings(
  flags: ParsedAggregatedServerFlags,
  given: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return [...sniWarnings(flags), ...requestHeaderWarnings(flags, given)];
}

function sniWarnings(flags: ParsedAggregatedServerFlags): readonly string[] {
  const addresses = flags['tls-sni-cert-key'].flatMap(({ names }) => names.filter((name) => isIP(name) !== 0));
  return addresses.map(
    (address) => `--tls-sni-cert-key: ${address} is without effect: clients name hosts, not addresses; leave it out`,
  );
}

function requestHeaderWarnings(
  flags: ParsedAggregatedServerFlags,
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
