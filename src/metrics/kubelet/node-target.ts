import { KUBELET_PATH_LENGTH_MAX } from '../../base/limits.ts';
import type { NodeEntry } from './node-projection.ts';
import { ScrapeFailure } from './scrape-failure.ts';

/** How the place of a node's kubelet is chosen. */
export interface NodeTargetOptions {
  /** `--kubelet-preferred-address-types`: the first type that the node has an address of wins. */
  readonly addressTypes: readonly string[];
  /** `--kubelet-port`. */
  readonly port: number;
  /** `--kubelet-use-node-status-port`: the port that the node's status names, where it names one. */
  readonly isStatusPortUsed: boolean;
  /** `http` is `--deprecated-kubelet-completely-insecure`. */
  readonly scheme: 'https' | 'http';
}

/** The path of the resource metrics, unless the node's annotation names another. */
export const RESOURCE_METRICS_PATH = '/metrics/resource';

/** Where a node's resource metrics are, as a URL. Throws ScrapeFailure when the node names no such place. */
export function nodeTarget(node: NodeEntry, options: NodeTargetOptions): URL {
  const address = preferredAddress(node, options.addressTypes);
  // A host and nothing more: whoever may write a node's status must not choose what is asked for.
  if (!/^[\w.:-]+$/.test(address)) throw new ScrapeFailure(node.name, { code: 'NameUnknown', host: address });
  const host = address.includes(':') ? `[${address}]` : address;
  const port = options.isStatusPortUsed && node.statusPort !== null ? node.statusPort : options.port;
  const url = URL.parse(`${options.scheme}://${host}:${port}${metricsPath(node)}`);
  if (url === null) throw new ScrapeFailure(node.name, { code: 'NameUnknown', host: address });
  return url;
}

/**
 * The path of the node's resource metrics. An annotation is followed only below `/metrics`, and only as a plain path
 * (specification 6.22): nodes may write it themselves, and the request carries our token.
 */
export function metricsPath(node: NodeEntry): string {
  const path = node.metricsPath;
  if (path === null) return RESOURCE_METRICS_PATH;
  const rule = pathProblem(path);
  if (rule !== undefined) throw new ScrapeFailure(node.name, { code: 'PathRefused', path: path.slice(0, 100), rule });
  return path;
}

function preferredAddress(node: NodeEntry, addressTypes: readonly string[]): string {
  for (const wanted of addressTypes) {
    const found = node.addresses.find(({ type, address }) => type === wanted && address !== '');
    if (found !== undefined) return found.address;
  }
  const presentTypes = [...new Set(node.addresses.map(({ type }) => type))];
  throw new ScrapeFailure(node.name, { code: 'NoAddress', wantedTypes: addressTypes, presentTypes });
}

function pathProblem(path: string): string | undefined {
  if (path.length > KUBELET_PATH_LENGTH_MAX) return `a path has at most ${KUBELET_PATH_LENGTH_MAX} characters`;
  if (!/^\/metrics(?:\/|$)/.test(path)) return 'a path begins with /metrics';
  if (!/^(?:\/[A-Za-z0-9._-]+)+$/.test(path)) return 'a path consists of letters, digits, . _ - and single /';
  if (path.split('/').some((part) => part === '.' || part === '..')) return 'a path has no . or .. in it';
  return undefined;
}
