import { isIP } from 'node:net';
import { Failure } from '../../base/failure.ts';
import { contains, hostOf, readNetwork } from './network.ts';

/** The values of HTTP_PROXY, HTTPS_PROXY and NO_PROXY (or their lower-case forms), handed in by whoever read them. */
export interface ProxySettings {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** Comma-separated: names (with their subdomains), `.suffixes`, addresses, CIDRs, each with an optional `:port`, or `*`. */
  readonly noProxy?: string;
}

/** Which proxy a request to `url` goes through, by the rules of Go's `httpproxy`; undefined for a direct connection. */
export type ProxyChoice = (url: URL) => URL | undefined;

/** Reads the settings once. Throws Failure('invalid') for a proxy that is no URL. */
export function proxyChoice(settings: ProxySettings): ProxyChoice {
  const proxies: Readonly<Record<string, URL | undefined>> = {
    'http:': readProxyUrl('HTTP_PROXY', settings.httpProxy),
    'https:': readProxyUrl('HTTPS_PROXY', settings.httpsProxy),
  };
  const exceptions = (settings.noProxy ?? '').split(',').flatMap(readException);
  return (url) => {
    const proxy = proxies[url.protocol];
    if (proxy === undefined || isLoopback(hostOf(url))) return undefined;
    const target = { host: hostOf(url), port: url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port };
    return exceptions.some((isExcepted) => isExcepted(target)) ? undefined : proxy;
  };
}

/** Reads a proxy's URL; one without a scheme is plain HTTP, as everywhere. */
export function readProxyUrl(name: string, text: string | undefined): URL | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Failure('invalid', `${name}: ${JSON.stringify(redacted(text))} is no http or https URL`);
  }
  return url;
}

interface Target {
  readonly host: string;
  readonly port: string;
}

type Exception = (target: Target) => boolean;

function readException(entry: string): Exception[] {
  const text = entry.trim().toLowerCase();
  if (text === '') return [];
  if (text === '*') return [() => true];
  const network = readNetwork(text);
  if (network !== undefined) return [(target) => contains(network, target.host)];
  const { host, port } = splitPort(text);
  const isPort = (target: Target): boolean => port === '' || port === target.port;
  if (isIP(host) !== 0) return [(target) => target.host === host && isPort(target)];
  const suffix = host.startsWith('*.') ? host.slice(1) : host;
  if (suffix.startsWith('.')) return [(target) => target.host.endsWith(suffix) && isPort(target)];
  return [(target) => (target.host === suffix || target.host.endsWith(`.${suffix}`)) && isPort(target)];
}

/** `name:port`, `[::1]:port`, and a bare IPv6 address, whose colons separate no port. */
function splitPort(text: string): Target {
  const bracketed = /^\[([0-9a-f:.]+)\](?::(\d+))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? '', port: bracketed[2] ?? '' };
  const plain = /^([^:]*):(\d+)$/.exec(text);
  return plain === null ? { host: text, port: '' } : { host: plain[1] ?? '', port: plain[2] ?? '' };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function redacted(text: string): string {
  return text.replace(/\/\/[^@/]*@/, '//…@');
}
