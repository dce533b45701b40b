import { describe, expect, test } from 'vitest';
import { parseAdapterPreviewWords } from './adapter-preview-config.ts';
import { readEnvironment } from './environment.ts';

const parse = (line: string) => parseAdapterPreviewWords(line.split(' '), readEnvironment({ LANG: 'zh_CN.UTF-8' }));

describe('words of podtide adapter preview', () => {
  test('what is not said has its default', () => {
    expect(parse('web --config=rules.yaml --prometheus=http://p:9090')).toMatchObject({
      hpa: 'web',
      namespace: null,
      kubeconfig: null,
      context: null,
      rulesPath: 'rules.yaml',
      prometheus: { maxAgeMs: 600_000, warnings: [], choice: { kind: 'flags', backend: { url: 'http://p:9090' } } },
      output: 'text',
      language: 'zh-CN',
    });
  });

  test('what is said counts, wherever it stands', () => {
    const words =
      '-n shop --kubeconfig k --context c web -o=json --lang=en --config r --prometheus-backends=b.yaml --metrics-max-age=1m';
    expect(parse(words)).toEqual({
      hpa: 'web',
      namespace: 'shop',
      kubeconfig: 'k',
      context: 'c',
      rulesPath: 'r',
      prometheus: { maxAgeMs: 60_000, warnings: [], choice: { kind: 'file', path: 'b.yaml' } },
      output: 'json',
      language: 'en',
    });
  });

  test('flags without effect are told', () => {
    const { prometheus } = parse('web --config=r --prometheus=http://p --prometheus-client-tls-key-file=k');
    expect(prometheus.warnings).toEqual([expect.stringContaining('--prometheus-client-tls-key-file has no effect')]);
  });

  test('all problems at once', () => {
    expect(() => parse('a b -n=UP')).toThrow(
      /^--namespace=UP: must be the name of a namespace\nb: one HPA at a time, and a is one$/,
    );
    expect(() => parse('--output=json')).toThrow(
      /^--prometheus: must be the URL of Prometheus.*\n--config: must name the file of the rules.*\nname an HPA$/,
    );
  });
});
