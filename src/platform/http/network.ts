import { BlockList, isIP } from 'node:net';

/** Reads `10.0.0.0/8` or `fd00::/8`; undefined when the text is none. */
export function readNetwork(text: string): BlockList | undefined {
  const match = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(text);
  const address = match?.[1] ?? '';
  const family = isIP(address);
  const prefix = Number(match?.[2]);
  if (family === 0 || prefix > (family === 4 ? 32 : 128)) return undefined;
  const network = new BlockList();
  network.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return network;
}

/** Whether a network holds an address; a name is in none. */
export function contains(network: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && network.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** The host of a URL as sockets and resolvers take it: lower case, without brackets and without the root's dot. */
export function hostOf(url: URL): string {
  const host = url.hostname.toLowerCase().replace(/\.+$/, '');
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
