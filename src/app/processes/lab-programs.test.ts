import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Container } from '../../lab/world/objects.ts';
import { metricsServerWords } from './lab-programs.ts';

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
])('%s', (_why, container, words) => {
  expect(metricsServerWords(container)).toEqual(words);
});

test.each([
  ['deploy/metrics-server.yaml', '--secure-port=10250'],
  ['test/fixtures/metrics-server-components.yaml', '--kubelet-insecure-tls'],
])('the container of %s is a metrics server', (file, word) => {
  const objects = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  expect(metricsServerWords(deployment.spec.template.spec.containers[0])).toContain(word);
});
