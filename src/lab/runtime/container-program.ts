import { type Container, namespaceOf, type Pod } from '../world/objects.ts';
import {
  type LoopCommand,
  type RequestCommand,
  readLoopCommand,
  readSingleRequest,
} from '../world/traffic/request-loop-command.ts';

/** What a container does, as far as this machine is let do it. */
export type ContainerProgram =
  /** The work of php-apache's page for each request: so many square roots, answered with `OK!`. */
  | { readonly kind: 'squareRoots'; readonly rootCount: number; readonly port: number }
  /** A small page, as a fresh nginx has it. */
  | { readonly kind: 'page'; readonly port: number }
  | { readonly kind: 'requestLoop'; readonly command: LoopCommand }
  | { readonly kind: 'singleRequest'; readonly command: RequestCommand };

/** Why a container is not started; reason and message as a kubelet would have them. */
export interface ContainerRefusal {
  readonly kind: 'refused';
  readonly reason: 'ErrImagePull' | 'CreateContainerError';
  readonly message: string;
}

/** As index.php of the walkthrough's image: some 5 to 10 ms of CPU. */
const PHP_APACHE_ROOT_COUNT = 1_000_000;

/** Images by their last name, whatever registry and tag: only what is known is run, and nothing is downloaded. */
const SERVERS: Readonly<Record<string, (port: number) => ContainerProgram>> = {
  'hpa-example': (port) => ({ kind: 'squareRoots', rootCount: PHP_APACHE_ROOT_COUNT, port }),
  nginx: (port) => ({ kind: 'page', port }),
};
const CLIENTS: readonly string[] = ['busybox', 'curl'];

/**
 * What an image and a command mean: a server that is known, or a client that asks one address once or for ever. Anything
 * else is refused, so that no manifest runs a command of its own on this machine.
 */
export function programOf(pod: Pod, container: Container): ContainerProgram | ContainerRefusal {
  const name = imageName(container.image);
  const server = SERVERS[name];
  if (server !== undefined) return server(container.ports?.[0]?.containerPort ?? 80);
  if (!CLIENTS.includes(name)) return unknownImage(container.image);
  const loop = readLoopCommand(container);
  if (loop !== undefined) return { kind: 'requestLoop', command: loop };
  const request = readSingleRequest(container);
  if (request !== undefined) return { kind: 'singleRequest', command: request };
  const place = `${namespaceOf(pod)}/${pod.metadata.name}`;
  return {
    kind: 'refused',
    reason: 'CreateContainerError',
    message: `the command of container ${container.name} in ${place} is no wget or curl of one address, once or in an endless loop: lab --real runs nothing else in ${name}`,
  };
}

/** `hpa-example` of `registry.k8s.io/hpa-example:1.0@sha256:…` */
export function imageName(image: string): string {
  return (image.split('/').at(-1) ?? image).replace(/[:@].*$/, '');
}

function unknownImage(image: string): ContainerRefusal {
  const known = [...Object.keys(SERVERS), ...CLIENTS].join(', ');
  return {
    kind: 'refused',
    reason: 'ErrImagePull',
    message: `Failed to pull image "${image}": lab --real has no other images than ${known}`,
  };
}
