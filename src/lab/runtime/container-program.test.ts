import { expect, test } from 'vitest';
import type { Container, Pod } from '../world/objects.ts';
import { programOf } from './container-program.ts';

const sh = (script: string) => ({ command: ['/bin/sh', '-c', script] });

function programFor(container: Partial<Container>) {
  const whole: Container = { name: 'main', image: 'busybox', ...container };
  const pod: Pod = { metadata: { namespace: 'shop', name: 'web' }, spec: { containers: [whole] } };
  return programOf(pod, whole);
}

test.each<readonly [why: string, container: Partial<Container>, expected: unknown]>([
  [
    "the walkthrough's image, as it is named today",
    { image: 'registry.k8s.io/hpa-example' },
    { kind: 'squareRoots', rootCount: 1_000_000, port: 80 },
  ],
  [
    'the same in a registry of a company, with a port, tag, digest and another container port',
    { image: 'registry.local:5000/k8s/hpa-example:1.0@sha256:00', ports: [{ containerPort: 8080 }] },
    { kind: 'squareRoots', rootCount: 1_000_000, port: 8080 },
  ],
  ['a web server', { image: 'nginx:latest' }, { kind: 'page', port: 80 }],
  [
    'a load generator',
    { image: 'busybox:1.28', ...sh('while true; do wget -q -O- http://php-apache; done') },
    {
      kind: 'requestLoop',
      command: { client: 'wget', host: 'php-apache', isPrinting: true, pauseMs: 0 },
    },
  ],
  [
    'one request',
    { image: 'curlimages/curl', args: ['curl', '-s', 'http://web:8080'] },
    { kind: 'singleRequest', command: { client: 'curl', host: 'web', port: 8080, isPrinting: true } },
  ],
  [
    'a name that only ends alike is another image',
    { image: 'my-nginx' },
    {
      kind: 'refused',
      reason: 'ErrImagePull',
      message: 'Failed to pull image "my-nginx": lab --real has no other images than hpa-example, nginx, busybox, curl',
    },
  ],
  [
    'a command of the manifest is never run on this machine',
    sh('rm -rf /'),
    {
      kind: 'refused',
      reason: 'CreateContainerError',
      message:
        'the command of container main in shop/web is no wget or curl of one address, once or in an endless loop: lab --real runs nothing else in busybox',
    },
  ],
])('%s', (_why, container, expected) => {
  expect(programFor(container)).toEqual(expected);
});
