import { namespaceOf, type Pod, type Service } from '../objects.ts';
import { readSingleRequest } from './request-loop-command.ts';
import { readyPods } from './scene.ts';
import { refusedText, serviceOfHost, unknownHostText } from './service-address.ts';

/** What a process that asks once prints, and how it ends. */
export interface SingleAnswer {
  readonly text: string;
  readonly exitCode: number;
}

/**
 * The answer to a container that asks one Service once and is not started again, such as
 * `kubectl run -it --rm … -- wget -q -O- http://php-apache`; undefined for any other container.
 */
export function answerOnce(
  pod: Pod,
  containerName: string,
  cluster: { readonly services: readonly Service[]; readonly running: readonly Pod[] },
): SingleAnswer | undefined {
  const container = pod.spec.containers.find(({ name }) => name === containerName);
  if (container === undefined || (pod.spec.restartPolicy ?? 'Always') === 'Always') return undefined;
  const request = readSingleRequest(container);
  if (request === undefined) return undefined;
  const { client, host, isPrinting } = request;
  const service = serviceOfHost(host, namespaceOf(pod), cluster.services);
  if (service === undefined) return { text: unknownHostText(client, host), exitCode: client === 'curl' ? 6 : 1 };
  if (readyPods(service, cluster.running).length === 0) {
    return { text: refusedText(client, host, service), exitCode: client === 'curl' ? 7 : 1 };
  }
  return { text: isPrinting ? 'OK!' : '', exitCode: 0 };
}
