import { buildCommand, type Command } from '@stricli/core';
import type { Environment } from '../config/environment.ts';
import { parseTopWords, TOP_SYNTAX, type TopConfig, type TopFlag } from '../config/top-config.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<TopFlag, string>> = {
  kubeconfig: 'kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  context: 'context of the kubeconfig',
  namespace: 'of the pods; the context’s own when absent',
  'all-namespaces': 'pods of every namespace',
  selector: 'only what has these labels',
  'field-selector': 'only pods with these fields, spec.nodeName=node-1 for example',
  'sort-by': 'cpu or memory, the greediest first; by name when absent',
  containers: 'a line for each container of the pods',
  sum: 'a last line with what it all comes to',
  'show-capacity': 'shares of the nodes’ capacity, not of what is allocatable',
  'show-swap': 'swap too, where the kubelets say it',
  'no-headers': 'without the names of the columns',
  'use-protocol-buffers': 'accepted, without effect',
  trace: 'where each number of a pod comes from, from the cgroup to what its HPAs make of it',
  output: 'table (default) or json',
  lang: 'en or zh-CN; the locale decides when absent',
};

/** Writes what was asked for. */
export type TopRunner = (config: TopConfig, environment: Environment, context: CliContext) => Promise<void>;

/**
 * `podtide top nodes|pods|containers [NAME]`. Its words are read by the configuration, as kubectl top reads them; the
 * scanner's own flags are there for `--help`.
 */
export function createTopCommand(run: TopRunner): Command<CliContext> {
  return buildCommand<Readonly<Record<string, never>>, string[], CliContext>({
    docs: {
      brief: 'CPU and memory of nodes, pods and containers, and where each number comes from',
      fullDescription: [
        'Asks metrics.k8s.io, or the kubelets through the API server where there is no such API.',
        'Exit codes: 0 ok, 1 a broken link (with --trace), 2 bad input, 3 denied, 4 not found, 6 unavailable.',
      ].join('\n'),
      customUsage: ['nodes [NAME] [--flag]...', 'pods [NAME] [--flag]...', 'containers [NAME] [--flag]...'],
    },
    parameters: {
      flags: Object.fromEntries(
        Object.entries(BRIEFS).map(([flag, brief]) => [flag, flagHelp(TOP_SYNTAX.get(flag), brief)]),
      ) as never,
      aliases: Object.fromEntries(
        [...TOP_SYNTAX].flatMap(([flag, { shorthand }]) => (shorthand === undefined ? [] : [[shorthand, flag]])),
      ) as never,
      positional: { kind: 'array', parameter: { brief: 'what to show, and a name', parse: String } },
    },
    func: async function (this: CliContext, _flags, ...words: string[]): Promise<void> {
      await run(parseTopWords(words, this.environment), this.environment, this);
    },
  });
}
