import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from '@stricli/core';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runAdapterCheck } from '../src/app/cli/adapter-check.ts';
import { loadApplication } from '../src/app/cli/application.ts';
import type { CliContext } from '../src/app/cli/context.ts';
import { runDecide } from '../src/app/cli/decide.ts';
import { scannerWords } from '../src/app/cli/own-words.ts';
import { readEnvironment } from '../src/app/config/environment.ts';
import { parseMetricsServerWords } from '../src/app/config/metrics-server-config.ts';
import { createHpa } from '../src/core/autoscaling/create.ts';
import type { Language } from '../src/core/explain/language.ts';
import { builtInKinds } from '../src/metrics/adapter/check/built-in-kinds.ts';
import { checkAdapterConfig } from '../src/metrics/adapter/check/check-config.ts';
import { servePrometheus } from './adapter/told-prometheus.ts';
import { type Block, blocksOf, commandsOf, pages, wordsOf } from './documents.ts';
import { DOCUMENTED_PROMETHEUS } from './fixtures/documented-prometheus.ts';

const TUTORIALS = ['walkthrough', 'step-limits', 'two-metrics', 'behavior', 'custom-metrics', 'notifications'];
const SCENARIOS = 'examples/decisions/scenarios.jsonl';

/** What kubectl's commands take, as far as our pages use them; the end-to-end tests type them into a real kubectl. */
const KUBECTL: Readonly<Record<string, readonly string[]>> = {
  annotate: ['-l', '-n'],
  apply: ['-f', '-n'],
  autoscale: ['--cpu-percent', '--min', '--max', '-n'],
  certificate: [],
  create: ['-f', '--clusterrole', '--from-literal', '--serviceaccount', '-n'],
  delete: ['-n'],
  describe: ['-n'],
  get: ['-n', '-o', '-A', '--watch', '--raw'],
  label: ['-n'],
  patch: ['--type', '-p'],
  run: ['-i', '-it', '--tty', '--rm', '--image', '--restart'],
  scale: ['--replicas', '-n'],
  top: ['-n', '-A'],
};

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('pages', () => {
  test('are found', () => {
    expect(pages()).toEqual(expect.arrayContaining(['README.md', 'README.zh-CN.md', 'ARCHITECTURE.md']));
    expect(pages().filter((page) => page.startsWith('docs/tutorials/'))).toHaveLength(2 * TUTORIALS.length);
  });

  test('link to what is there', () => {
    const broken = pages().flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .filter(([, target = '']) => !existsSync(join(dirname(page), target)))
        .map(([, target]) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test('tell nobody to type what does not exist', async () => {
    const flags = await podtideFlags();
    const wrong = pages().flatMap((page) =>
      commandsOf(page).flatMap((line) => problemsOf(line, flags).map((problem) => `${page}: ${line}: ${problem}`)),
    );
    expect(wrong).toEqual([]);
  });

  const misprints = [
    { why: 'a script that is not there', line: 'npm run deploy' },
    { why: 'a command that is not there', line: 'npm run -s podtide -- lap' },
    { why: 'a flag that is not there', line: 'npm run -s podtide -- lab --fast' },
    { why: 'a flag of a command within a command', line: 'npm run -s podtide -- observe report --fast' },
    { why: 'a verb of no kubectl', line: 'kubectl autoscail deployment web' },
    { why: 'a flag of another verb', line: 'kubectl autoscale deployment web --replicas=2' },
    { why: 'a manifest that is not there', line: 'kubectl apply -f examples/none.yaml' },
    { why: 'a program that nobody has', line: 'podtied lab' },
    { why: 'a request that verifies nothing', line: 'curl -k https://127.0.0.1:6443/version' },
    { why: 'a request of nobody', line: 'curl --cacert ca.crt' },
  ];
  for (const { why, line } of misprints) {
    test(`a misprint is noticed: ${why}`, async () => {
      expect(problemsOf(line, await podtideFlags())).toHaveLength(1);
    });
  }

  test('have blocks that parse, and HPAs that our own validation takes', () => {
    const problems = pages().flatMap((page) =>
      blocksOf(page).flatMap(({ language, text, place }) => {
        if (language === 'json') return problemOfJson(text).map((problem) => `${place}: ${problem}`);
        return language === 'yaml' ? problemsOfYaml(text).map((problem) => `${place}: ${problem}`) : [];
      }),
    );
    expect(problems).toEqual([]);
  });

  test('examples are taken too', () => {
    const files = [
      'walkthrough/hpa',
      'metrics/three-metrics',
      'metrics/queue',
      'myblog/hpa-myblog',
      'behavior/calm',
      'real-load/hpa',
      'custom-metrics/hpa-counter',
      'custom-metrics/hpa-rate',
      'custom-metrics/hpa-query',
      'chart-values/hpa',
    ];
    for (const file of files) expect(problemsOfYaml(readFileSync(`examples/${file}.yaml`, 'utf8'))).toEqual([]);
  });

  test('the ServiceMonitor of the custom metrics finds the Service beside it, and the Service its pods', () => {
    const read = (name: string) =>
      parseAllDocuments(readFileSync(`examples/custom-metrics/${name}.yaml`, 'utf8')).map((document) =>
        document.toJS(),
      );
    const [[deployment, service], [monitor]] = [read('app'), read('service-monitor')];
    expect(service.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
    expect(service.spec.ports.map((port: { name: string }) => port.name)).toContain(monitor.spec.endpoints[0].port);
    expect(deployment.spec.template.metadata.labels).toMatchObject(service.spec.selector);
  });

  test.each(['counter', 'rate'])('the ConfigMap of the adapter’s rules has those of rule-%s.yaml', (name) => {
    const read = (file: string) => parseAllDocuments(readFileSync(`examples/custom-metrics/${file}.yaml`, 'utf8'))[0];
    const rules = read(`adapter-rule-${name}`)?.toJS().data['config.yaml'];
    expect(parseAllDocuments(rules)[0]?.toJS()).toEqual(read(`rule-${name}`)?.toJS());
  });

  test('examples of decisions come to what they expect', async () => {
    for (const name of readdirSync('examples/decisions')) {
      const args = { file: `examples/decisions/${name}`, isCheck: true, output: 'text', language: 'en' } as const;
      expect(await outputOf((io) => runDecide(args, io)), name).toMatch(/^\d+ passed, 0 failed\n$/);
    }
  });

  test('a wrong HPA is noticed', () => {
    expect(problemsOfYaml('behavior:\n  scaleUp:\n    stabilizationWindowSeconds: -1')).toEqual([
      expect.stringContaining('must be greater than or equal to zero'),
    ]);
  });

  test.each(['en', 'zh-CN'])('the page on PromQL in an HPA shows the example (%s)', (language) => {
    const shown = blocksOf(`docs/how-to/${language}/promql-in-an-hpa.md`).find(({ language: form }) => form === 'yaml');
    const example = readFileSync('examples/custom-metrics/hpa-query.yaml', 'utf8');
    expect(`${shown?.text}\n`).toBe(example.replace(/^#.*\n/, ''));
  });

  test.each(['en', 'zh-CN'])('the page on metrics-server shows what wrong words come to (%s)', (language) => {
    const words = ['–kubelet-insecure-tls', '--metric-resolution＝15s', '--kubelet-preferred-address-types=InternalIp'];
    const shown = blocksOf(`docs/how-to/${language}/metrics-server.md`).find(({ language: form }) => form === 'text');
    expect(() => parseMetricsServerWords(words)).toThrow(shown?.text.replace(/^podtide: /, ''));
  });

  test.each(['en', 'zh-CN'] as const)('the page on rules shows what the check prints (%s)', async (language) => {
    const file = 'examples/adapter-rules/mistakes.yaml';
    const shown = blocksOf(`docs/how-to/${language}/adapter-rules.md`).find(({ language: form }) => form === 'text');
    const printed = await outputOf((process) =>
      runAdapterCheck({ file, prometheus: null, output: 'text', language }, contextOf(process)),
    );
    expect(printed).toBe(`${shown?.text}\n`);
  });

  test.each(['en', 'zh-CN'])(
    'the page on the adapter shows rules that nothing is to be said about (%s)',
    (language) => {
      const rules = blocksOf(`docs/how-to/${language}/adapter.md`).filter(({ text }) => text.startsWith('rules:'));
      const [backends, readings, ...others] = rules.map(({ text }) =>
        checkAdapterConfig(text, builtInKinds(), ['team-a']),
      );
      expect([backends, readings?.isLoadable, others]).toEqual([{ isLoadable: true, findings: [] }, true, []]);
      expect(readings?.findings.map(({ finding }) => finding)).toEqual([
        { code: 'OwnKey', key: 'nan' },
        { code: 'OwnKey', key: 'absent' },
      ]);
    },
  );

  test.each(['en', 'zh-CN'])('the page on rules shows what a Prometheus adds to it (%s)', async (language) => {
    const asking = askingBlocks(blocksOf(`docs/how-to/${language}/adapter-rules.md`));
    expect(asking).toHaveLength(2);
    const served = await servePrometheus(DOCUMENTED_PROMETHEUS);
    for (const { line, shown } of asking) {
      const words = wordsOf(line).slice(wordsOf(line).indexOf('--') + 1);
      const own = words.map((word) => (word === DOCUMENTED_URL ? served.url : word));
      expect(await outputOf((process) => runWords(scannerWords(own), process))).toBe(`${shown}\n`);
    }
    await served.stop();
  });

  for (const [name, kind] of [
    ...TUTORIALS.map((name) => [name, 'tutorials']),
    ['observe', 'how-to'],
    ['metrics-server', 'how-to'],
    ['adapter', 'how-to'],
    ['adapter-rules', 'how-to'],
    ['promql-in-an-hpa', 'how-to'],
    ['real-load', 'how-to'],
    ['where-a-number-comes-from', 'how-to'],
    ['doctor', 'how-to'],
  ]) {
    test(`both languages of ${name} type the same`, () => {
      const [english, chinese] = ['en', 'zh-CN'].map((language) => commandsOf(`docs/${kind}/${language}/${name}.md`));
      expect(chinese?.map((line) => line.replace(' --lang zh-CN', ''))).toEqual(english);
    });
  }

  const readmes: readonly { readonly page: string; readonly language: Language }[] = [
    { page: 'README.md', language: 'en' },
    { page: 'README.zh-CN.md', language: 'zh-CN' },
  ];
  for (const { page, language } of readmes) {
    test(`${page} shows what decide prints`, async () => {
      const shown = blocksOf(page).find(({ text }) => text.includes('55-percent-of-50'));
      expect(shown?.text).not.toBe('');
      expect((await decideOutput(language)).endsWith(`${shown?.text}\n`)).toBe(true);
    });
  }
});

/** What is wrong with a command line; each part of a pipeline is looked at. */
function problemsOf(commandLine: string, flags: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return commandLine.split(/\s(?:\||&&)\s/).flatMap((part) => {
    const [program, ...args] = wordsOf(part);
    if (program === 'npm') return problemsOfNpm(args, flags);
    if (program === 'kubectl') return problemsOfKubectl(args);
    if (program === 'node') return args.some((arg) => existsSync(arg)) ? [] : ['no such file'];
    if (program === 'curl') return problemsOfCurl(args);
    return program === 'export' || program === 'grep' || program === 'ab' || program === '.ci/run'
      ? []
      : [`unknown program ${program}`];
  });
}

function problemsOfNpm(args: readonly string[], flags: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const [verb, ...rest] = args;
  if (verb === 'ci' || verb === 'test' || verb === 'start') return [];
  const [script = '', ...after] = rest.filter((word) => word !== '-s' && word !== '--');
  if (verb !== 'run' || scripts[script] === undefined) return [`no script ${script}`];
  if (script === 'cluster') return after.every((word) => /^(up|down|status)$/.test(word)) ? [] : ['no such command'];
  if (script !== 'podtide') return [];
  const [command = '', ...words] = after;
  const names = [[], words.slice(0, 1), words.slice(0, 2)].map((more) => [command, ...more].join(' '));
  const known = names.map((name) => flags.get(name)).find((each) => each !== undefined);
  if (known === undefined) return [`no command ${command}`];
  return flagsAmong(words).flatMap((flag) => (known.has(flag) ? [] : [`no flag ${flag}`]));
}

/** Nobody is told to show a token to whoever answers. */
function problemsOfCurl(args: readonly string[]): readonly string[] {
  const known = ['--cacert', '-H'];
  return [
    ...flagsAmong(args).flatMap((flag) => (known.includes(flag) ? [] : [`no flag ${flag}`])),
    ...(URL.canParse(args.at(-1) ?? '') ? [] : ['no address']),
  ];
}

function problemsOfKubectl(args: readonly string[]): readonly string[] {
  // What follows -- is the pod's command.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const verb = own.find((word, index) => !word.startsWith('-') && own[index - 1] !== '-n') ?? '';
  const known = KUBECTL[verb];
  if (known === undefined) return [`no kubectl ${verb}`];
  const files = own.filter((_, index) => own[index - 1] === '-f');
  return [
    ...flagsAmong(own).flatMap((flag) => (known.includes(flag) ? [] : [`no flag ${flag}`])),
    ...files.filter((file) => !existsSync(file)).map((file) => `no file ${file}`),
  ];
}

function flagsAmong(words: readonly string[]): readonly string[] {
  return words.filter((word) => /^-+[a-zA-Z]/.test(word)).map((word) => word.split('=')[0] ?? '');
}

/** The flags that each command's own help names. */
async function podtideFlags(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const command of [
    'lab',
    'load',
    'controller',
    'metrics-server',
    'run',
    'decide',
    'observe report',
    'top',
    'doctor',
    'adapter check',
    'adapter explain',
    'adapter preview',
    'adapter serve',
    'notifier',
    'notify test',
    'notify preview',
    'notify silence add',
    'notify silence list',
    'notify silence end',
  ]) {
    const help = await outputOf((process) => runWords([...command.split(' '), '--help'], process));
    found.set(command, new Set(help.match(/(?<![\w-])--?[a-zA-Z][\w-]*/g)));
  }
  return found;
}

const DOCUMENTED_URL = 'http://localhost:9090';

/** Commands that ask a Prometheus, each with the output that the page shows below it. */
function askingBlocks(blocks: readonly Block[]) {
  return blocks.flatMap(({ language, text: line }, index) => {
    const next = blocks[index + 1];
    const isAsking = language === 'sh' && line.includes(DOCUMENTED_URL) && next?.language === 'text';
    return isAsking ? [{ line, shown: next.text }] : [];
  });
}

async function runWords(words: readonly string[], process: CliContext['process']): Promise<void> {
  await run(await loadApplication(words), words, contextOf(process));
}

function contextOf(process: CliContext['process']): CliContext {
  return { process, environment: readEnvironment({}), signal: new AbortController().signal };
}

function decideOutput(language: Language): Promise<string> {
  return outputOf((io) => runDecide({ file: SCENARIOS, isCheck: false, output: 'text', language }, io));
}

async function outputOf(write: (io: CliContext['process']) => Promise<unknown>): Promise<string> {
  const stdout = new PassThrough();
  const chunks: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await write({ stdin: new PassThrough(), stdout, stderr: new PassThrough() });
  return Buffer.concat(chunks).toString();
}

function problemOfJson(text: string): readonly string[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/** HPAs are created as the API server would; a lone `behavior` as that of some HPA. */
function problemsOfYaml(text: string): readonly string[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) return document.errors.map(({ message }) => message);
    const value = document.toJS();
    if (value?.behavior !== undefined) return problemsOfHpa(hpaWith(value.behavior));
    return value?.kind === 'HorizontalPodAutoscaler' ? problemsOfHpa(value) : [];
  });
}

function hpaWith(behavior: unknown): unknown {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef, maxReplicas: 5, behavior },
  };
}

function problemsOfHpa(hpa: unknown): readonly string[] {
  const object = hpa as { readonly metadata: object };
  const creation = createHpa({ ...object, metadata: { namespace: 'default', ...object.metadata } });
  if ('decodeError' in creation) return [creation.decodeError];
  return creation.errors.map(({ field, text }) => `${field}: ${text}`);
}
