import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Container } from '../../lab/world/objects.ts';
import { ownCommand } from './lab-programs.ts';

const of = (image: string, command?: readonly string[], args?: readonly string[]): Container => ({
  name: 'main',
  image,
  ...(command === undefined ? {} : { command }),
  ...(args === undefined ? {} : { args }),
});

test.each<readonly [why: string, container: Container, words: readonly string[] | undefined]>([
  ['upstream’s image', of('registry.k8s.io/metrics-server/metrics-server:v0.9.0', undefined, ['-v=4']), ['-v=4']],
  ['a mirror’s, by digest', of('mirror.example:5000/google_containers/metrics-server@sha256:00'), []],
  ['our image', of('podtide/podtide:0.1.0', undefined, ['metrics-server', '--v=4']), ['--v=4']],
  ['our image as something else', of('podtide/podtide:0.1.0', undefined, ['controller']), undefined],
  ['our image without a word', of('podtide/podtide:0.1.0'), undefined],
  [
    'a command with its words, as manifests up to 0.3 had it',
    of('metrics-server:v0.3.6', ['/metrics-server', '--kubelet-insecure-tls'], ['-v=2']),
    ['--kubelet-insecure-tls', '-v=2'],
  ],
  ['another command of the image', of('metrics-server', ['sleep', '1000']), undefined],
  ['our command in our image', of('podtide', ['/app/bin/podtide', 'metrics-server', '--v=4']), ['--v=4']],
  ['an image that only begins like it', of('metrics-server-exporter:1'), undefined],
  ['any other image', of('nginx', undefined, ['metrics-server']), undefined],
])('a metrics server: %s', (_why, container, words) => {
  expect(ownCommand(container)).toEqual(words === undefined ? undefined : { name: 'metrics-server', words });
});

const ADAPTER = 'registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0';

test.each<readonly [why: string, container: Container, words: readonly string[]]>([
  ['upstream’s image', of(ADAPTER, [], ['--v=4']), ['--v=4']],
  ['as the chart starts it', of(ADAPTER, undefined, ['/adapter', '--v=4']), ['/adapter', '--v=4']],
  ['our image', of('podtide/podtide:0.1.0', undefined, ['adapter', '--v=4']), ['--v=4']],
])('an adapter: %s', (_why, container, words) => {
  expect(ownCommand(container)).toEqual({ name: 'adapter', words });
});

test.each([
  ['deploy/metrics-server.yaml', 'metrics-server', '--secure-port=10250'],
  ['test/fixtures/metrics-server-components.yaml', 'metrics-server', '--kubelet-insecure-tls'],
  ['deploy/adapter.yaml', 'adapter', '--secure-port=6443'],
])('the container of %s is %s', (file, name, word) => {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const command = ownCommand(deployment.spec.template.spec.containers[0]);
  expect([command?.name, command?.words.includes(word)]).toEqual([name, true]);
});
