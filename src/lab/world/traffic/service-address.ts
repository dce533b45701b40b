import { namespaceOf, type Service } from '../objects.ts';

/** The Service that a host names, for a client in a namespace; undefined when cluster DNS knows no such name. */
export function serviceOfHost(host: string, fromNamespace: string, services: Iterable<Service>): Service | undefined {
  const [name, namespace = fromNamespace, ...suffix] = host.toLowerCase().split('.');
  const isClusterName = ['', 'svc', 'svc.cluster.local'].includes(suffix.join('.'));
  for (const service of services) {
    if (service.spec.clusterIP === host) return service;
    if (isClusterName && service.metadata.name === name && namespaceOf(service) === namespace) return service;
  }
  return undefined;
}

/** What a client prints when its host has no address. */
export function unknownHostText(client: 'wget' | 'curl', host: string): string {
  return client === 'wget' ? `wget: bad address '${host}'\n` : `curl: (6) Could not resolve host: ${host}\n`;
}

/** What a client prints when nobody is ready behind the address. */
export function refusedText(client: 'wget' | 'curl', host: string, service: Service): string {
  const address = service.spec.clusterIP ?? host;
  return client === 'wget'
    ? `wget: can't connect to remote host (${address}): Connection refused\n`
    : `curl: (7) Failed to connect to ${host} port 80: Connection refused\n`;
}
