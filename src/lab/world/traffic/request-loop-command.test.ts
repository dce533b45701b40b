import { describe, expect, test } from 'vitest';
import type { Service } from '../objects.ts';
import { readLoopCommand, readSingleRequest } from './request-loop-command.ts';
import { refusedText, serviceOfHost, unknownHostText } from './service-address.ts';

const sh = (script: string) => ({ command: ['/bin/sh', '-c', script] });

describe('commands of load generators', () => {
  test.each([
    [
      'the walkthrough',
      sh('while sleep 0.01; do wget -q -O- http://php-apache; done'),
      { client: 'wget', host: 'php-apache', pauseMs: 10, isPrinting: true },
    ],
    [
      'without a pause',
      sh('while true; do wget -q -O- http://nginx-service; done'),
      { client: 'wget', host: 'nginx-service', pauseMs: 0, isPrinting: true },
    ],
    [
      'as arguments, full name, port and path',
      { args: ['/bin/sh', '-c', 'while :; do wget -qO- http://web.shop.svc.cluster.local:8080/buy?x=1; done'] },
      { client: 'wget', host: 'web.shop.svc.cluster.local', port: 8080, pauseMs: 0, isPrinting: true },
    ],
    [
      'curl, several lines, sleep in the body, output thrown away',
      sh('while true\ndo\n  curl -s http://10.96.0.7/ > /dev/null\n  sleep 0.5\ndone'),
      { client: 'curl', host: '10.96.0.7', pauseMs: 500, isPrinting: false },
    ],
    [
      'curl without a scheme, output to nowhere',
      sh('while true; do curl -s -o /dev/null web; sleep 1m; done'),
      { client: 'curl', host: 'web', pauseMs: 60_000, isPrinting: false },
    ],
    [
      'wget that saves what it gets',
      sh('while true; do wget -q http://web; done'),
      { client: 'wget', host: 'web', pauseMs: 0, isPrinting: false },
    ],
    [
      'the request as condition, in quotes',
      sh('until ! wget -q -O- "http://web/"; do sleep 2; done'),
      { client: 'wget', host: 'web', pauseMs: 2_000, isPrinting: true },
    ],
    ['a single request is no loop', sh('wget -q -O- http://web'), undefined],
    ['a loop without a request', sh('while true; do echo hello; done'), undefined],
    ['a server', { command: ['nginx', '-g', 'daemon off;'] }, undefined],
    ['no command', {}, undefined],
  ])('%s', (_why, container, expected) => {
    expect(readLoopCommand(container)).toEqual(expected);
  });
});

describe('commands that ask once', () => {
  test.each([
    ['as words', { args: ['wget', '-q', '-O-', 'http://web'] }, { client: 'wget', host: 'web', isPrinting: true }],
    ['in a shell', sh('curl -s http://web/ | head -1'), { client: 'curl', host: 'web', isPrinting: true }],
    ['a loop asks for ever', sh('while true; do wget -q -O- http://web; done'), undefined],
    ['a server', { command: ['nginx'] }, undefined],
  ])('%s', (_why, container, expected) => {
    expect(readSingleRequest(container)).toEqual(expected);
  });
});

describe('addresses', () => {
  const service = (namespace: string, name: string, clusterIP: string): Service => ({
    metadata: { namespace, name },
    spec: { clusterIP },
  });
  const web = service('default', 'web', '10.96.0.7');
  const services = [service('shop', 'web', '10.96.0.8'), web];

  test.each([
    ['a name in the same namespace', 'web', 'default', '10.96.0.7'],
    ['of another namespace', 'web.shop', 'default', '10.96.0.8'],
    ['with svc', 'web.shop.svc', 'default', '10.96.0.8'],
    ['the full name, whatever its case', 'WEB.shop.svc.cluster.local', 'default', '10.96.0.8'],
    ['an address', '10.96.0.8', 'default', '10.96.0.8'],
    ['an unknown name', 'nginx-service', 'default', undefined],
    ['a name of the world outside', 'web.shop.example.com', 'default', undefined],
    ['a name of another namespace only', 'web', 'empty', undefined],
  ])('%s', (_why, host, namespace, clusterIP) => {
    expect(serviceOfHost(host, namespace, services)?.spec.clusterIP).toBe(clusterIP);
  });

  test('clients complain in their own words', () => {
    expect([
      unknownHostText('wget', 'nginx-service'),
      unknownHostText('curl', 'nginx-service'),
      refusedText('wget', 'web', web),
    ]).toEqual([
      "wget: bad address 'nginx-service'\n",
      'curl: (6) Could not resolve host: nginx-service\n',
      "wget: can't connect to remote host (10.96.0.7): Connection refused\n",
    ]);
  });
});
