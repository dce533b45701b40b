import { spawn } from 'node:child_process';
import { Agent, request } from 'undici';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { RecordedStartUp } from '../../adapter/recording.ts';
import type { AdapterUnderTest } from './adapter-under-test.ts';

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 100;

/** A command line that may or may not be taken. */
export type StartUp = Pick<RecordedStartUp, 'why' | 'flags' | 'configuration'>;

const RULE = 'rules: [{seriesQuery: up, resources: {overrides: {pod: {resource: pod}}}, metricsQuery: up';
const MAPPED = 'seriesQuery: up, metricsQuery: up, resources: {overrides: {pod: {resource: pod}}}';

const written = (why: string, configuration: string): StartUp => ({ why, flags: [], configuration });
const flagged = (why: string, ...flags: readonly string[]): StartUp => ({ why, flags, configuration: `${RULE}}]` });

/** Configurations and flags, right and wrong. */
export const START_UPS: readonly StartUp[] = [
  { why: 'no configuration', flags: [], configuration: null },
  written('an empty file', ''),
  written('a rule', `${RULE}}]`),
  written('a key that is not there', 'rulez: []'),
  written('keys are told apart by case', 'Rules: []'),
  written('a key of a rule that is not there', `${RULE}, series: x}]`),
  written('a key twice', 'rules: []\nrules: []'),
  written('a key of a rule twice', `rules: [{seriesQuery: a, seriesQuery: b}]`),
  written('no YAML', 'rules: ['),
  written('a list in the place of the file', '- rules'),
  written('a text in the place of the file', 'rules'),
  written('a second document is not read', `${RULE}}]\n---\nnonsense: [`),
  written('no rules', 'rules:'),
  written('an empty list', 'rules: []'),
  written('a rule of nothing', 'rules: [{}]'),
  written('no metricsQuery', 'rules: [{seriesQuery: up}]'),
  written('no seriesQuery', 'rules: [{metricsQuery: up}]'),
  written('a number in the place of a text', `rules: [{${MAPPED}, name: {as: 1}}]`),
  written('a list in the place of a text', `rules: [{${MAPPED}, name: {as: [a]}}]`),
  written(
    'a text in the place of yes or no',
    `rules: [{seriesQuery: up, metricsQuery: up, resources: {namespaced: "false"}}]`,
  ),
  written(
    'YAML 1.1 has more words for no',
    `rules: [{seriesQuery: up, metricsQuery: up, resources: {namespaced: off}}]`,
  ),
  written('an anchor below a key of its own', 'x: &x {a: 1}'),
  written('a merged rule', `rules: [&r {${MAPPED}}, {<<: *r, seriesQuery: down}]`),
  written('a filter of both kinds', `rules: [{${MAPPED}, seriesFilters: [{is: a, isNot: b}]}]`),
  written('a filter of no kind', `rules: [{${MAPPED}, seriesFilters: [{}]}]`),
  written('a filter that is no expression', `rules: [{${MAPPED}, seriesFilters: [{is: "("}]}]`),
  written('a name that is no expression', `rules: [{${MAPPED}, name: {matches: "(?!a)b"}}]`),
  written('two groups and no "as"', `rules: [{${MAPPED}, name: {matches: "(a)(b)"}}]`),
  written('two named groups and no "as"', `rules: [{${MAPPED}, name: {matches: "(?P<a>a)(?P<b>b)"}}]`),
  written('two groups and an "as"', `rules: [{${MAPPED}, name: {matches: "(a)(b)", as: "$2"}}]`),
  written(
    'an unknown resource',
    'rules: [{seriesQuery: up, metricsQuery: up, resources: {overrides: {brand: {group: cheese.io, resource: brand}}}}]',
  ),
  written(
    'an unknown resource of no group',
    'rules: [{seriesQuery: up, metricsQuery: up, resources: {overrides: {x: {resource: widgets}}}}]',
  ),
  written('a short name', 'rules: [{seriesQuery: up, metricsQuery: up, resources: {overrides: {x: {resource: po}}}}]'),
  written(
    'an override without a resource',
    'rules: [{seriesQuery: up, metricsQuery: up, resources: {overrides: {x: {}}}}]',
  ),
  written(
    'a known kind of others',
    'rules: [{seriesQuery: up, metricsQuery: up, resources: {overrides: {x: {group: cheese.example, resource: Brand}}}}]',
  ),
  written(
    'an unknown resource of an external rule',
    'externalRules: [{seriesQuery: up, metricsQuery: up, resources: {overrides: {x: {resource: widgets}}}}]',
  ),
  written(
    'a template without the resource',
    'rules: [{seriesQuery: up, metricsQuery: up, resources: {template: "kube_<<.Group>>"}}]',
  ),
  written('a template of nothing but text', 'rules: [{seriesQuery: up, metricsQuery: up, resources: {template: pod}}]'),
  written(
    'a template that does not parse',
    'rules: [{seriesQuery: up, metricsQuery: up, resources: {template: "<<.Resource"}}]',
  ),
  written(
    'a template of a field that is not there',
    'rules: [{seriesQuery: up, metricsQuery: up, resources: {template: "<<.Kind>>"}}]',
  ),
  written(
    'a template that is no expression',
    'rules: [{seriesQuery: up, metricsQuery: up, resources: {template: "(<<.Resource>>"}}]',
  ),
  written('a query that does not parse', 'rules: [{seriesQuery: up, metricsQuery: "sum(<<.Series)"}]'),
  written('a query with an unknown function', 'rules: [{seriesQuery: up, metricsQuery: "<<nope .Series>>"}]'),
  written('a query with an end too many', 'rules: [{seriesQuery: up, metricsQuery: "up<<end>>"}]'),
  written('a query without an end', 'rules: [{seriesQuery: up, metricsQuery: "<<if .Series>>up"}]'),
  written('a query with an undeclared variable', 'rules: [{seriesQuery: up, metricsQuery: "<<$x>>"}]'),
  written('a query of an external rule that does not parse', 'externalRules: [{seriesQuery: up, metricsQuery: "<<"}]'),
  written('no resource rules', 'resourceRules:'),
  written('empty resource rules', 'resourceRules: {}'),
  written('resource rules of cpu alone', 'resourceRules: {cpu: {containerQuery: a, nodeQuery: b, containerLabel: c}}'),
  written('a window that is no duration', 'resourceRules: {window: 5}'),
  written('a window of two units', 'resourceRules: {window: 1h30m}'),
  written('a window of Go', 'resourceRules: {window: 1.5h}'),
  flagged('an age below the interval', '--metrics-relist-interval=5m', '--metrics-max-age=1m'),
  {
    why: 'an age below the interval is no matter of external rules',
    flags: ['--metrics-relist-interval=5m', '--metrics-max-age=1m'],
    configuration: 'externalRules: [{seriesQuery: up, metricsQuery: up}]',
  },
  flagged('an interval that is no duration', '--metrics-relist-interval=5'),
  flagged('a duration of Prometheus', '--metrics-relist-interval=1d'),
  flagged('a verb of neither kind', '--prometheus-verb=get'),
  flagged('two ways to be known', '--prometheus-auth-incluster', '--prometheus-auth-config=/nonexistent'),
  flagged('a kubeconfig that is not there', '--prometheus-auth-config=/nonexistent'),
  flagged('a certificate authority that is not there', '--prometheus-ca-file=/nonexistent'),
  flagged('a token that is not there', '--prometheus-token-file=/nonexistent'),
  flagged('a URL that is none', '--prometheus-url=http://[::1'),
  flagged('a flag that is not there', '--nonsense'),
  flagged('a flag of old releases', '--logtostderr=true'),
  flagged('the short form that the README has', '-c=/nonexistent'),
  flagged('a program’s name as the first argument', '/adapter'),
  flagged('verbosity in short', '-v', '4'),
  flagged('HTTP/1.1 alone', '--disable-http2'),
];

/** Runs a command line until it ends or is ready. */
export async function tryStartUp(
  cluster: Cluster,
  adapter: AdapterUnderTest,
  startUp: StartUp,
): Promise<RecordedStartUp> {
  const { command, port } = await adapter.commandOf(cluster, { ...startUp, name: 'start-up' });
  const child = spawn(command.program, command.args, {
    cwd: cluster.folder,
    env: { PATH: '/usr/bin:/bin', HOME: cluster.folder },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: START_TIMEOUT_MS,
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    const exitCode = await Promise.race([ended, untilReady(`https://127.0.0.1:${port}/readyz`, dispatcher, child)]);
    return { ...startUp, exitCode, message: exitCode === null ? '' : steadyMessage(log, cluster.folder) };
  } finally {
    child.kill('SIGKILL');
    await ended;
    await dispatcher.close();
  }
}

async function untilReady(url: string, dispatcher: Agent, child: { readonly exitCode: number | null }): Promise<null> {
  while (child.exitCode === null) {
    const answer = await request(url, { dispatcher, signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    await answer?.body.dump();
    if (answer?.statusCode === 200) return null;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  // The end of the process is what is told.
  return await new Promise(() => {});
}

/**
 * The fatal line of klog with the lines that belong to it, or what was wrong with a flag; without time and place, stacks,
 * usage, and the run's folder. Of ours, what stands behind the log, whose lines are JSON.
 */
function steadyMessage(log: string, folder: string): string {
  const [, message = log.replaceAll(/^\{"level":.*\n/gm, '')] = log.split(/^F\d{4} .*?\] /m);
  return (
    message
      .split(/\n(?:goroutine \d|Usage of )/)[0]
      ?.replaceAll(folder, 'FOLDER')
      .trim() ?? ''
  );
}
