import { buildCommand } from '@stricli/core';
import { EXIT_FINDINGS } from '../../base/failure.ts';
import { firstAmissLink } from '../../core/explain/metric-trail.ts';
import {
  ADAPTER_EXPLAIN_SYNTAX,
  type AdapterExplainConfig,
  type AdapterExplainFlag,
  parseAdapterExplainWords,
} from '../config/adapter-explain-config.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';
import { ASKED_PROMETHEUS_BRIEFS } from './prometheus-briefs.ts';
import { writeSafely } from './safe-output.ts';

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<AdapterExplainFlag, string>> = {
  config: 'file of the rules, or a folder of files *.yaml',
  ...ASKED_PROMETHEUS_BRIEFS,
  namespace: 'of the request (default default)',
  resource: 'whose metric it is: pods (default), services, deployments.apps …',
  name: 'one object, or * for all that the series know (default)',
  selector: 'what the cluster would choose the objects by; it is not asked',
  'metric-selector': 'labels that the series must have, as an HPA’s metric.selector says',
  external: 'a metric of external.metrics.k8s.io, which is of no objects',
  output: 'text (default) or json',
  lang: 'en or zh-CN; the locale decides when absent',
};

/**
 * Tells how a metric's values come about. Resolves to the exit code: 0 all is well, 1 they are lost, or not what they
 * should be. Throws Failure when rules cannot be loaded or Prometheus cannot be asked.
 */
async function runAdapterExplain(config: AdapterExplainConfig, context: CliContext): Promise<number> {
  const [{ traceMetric }, { builtInKinds }, { readRuleFiles, parseRuleFiles }] = await Promise.all([
    import('../../metrics/adapter/trail/trace-metric.ts'),
    import('../../metrics/adapter/check/built-in-kinds.ts'),
    import('../processes/rule-files.ts'),
  ]);
  const [{ withPrometheus }, { trailJson, trailText }] = await Promise.all([
    import('./asked-prometheus.ts'),
    import('./trail-report.ts'),
  ]);
  const texts = await readRuleFiles(config.rulesPath);
  const { maxAgeMs } = config.prometheus;
  const trail = await withPrometheus(config.prometheus, context, ({ backends, ...hand }) => {
    const files = parseRuleFiles(texts, backends);
    return traceMetric(config.question, { files, kinds: builtInKinds(), maxAgeMs, ...hand }, context.signal);
  });
  const render = config.output === 'json' ? trailJson : trailText;
  await writeSafely(context.process.stdout, render(trail, config.language));
  return firstAmissLink(trail) === undefined ? 0 : EXIT_FINDINGS;
}

/** `podtide adapter explain METRIC`. */
export const adapterExplainCommand = buildCommand<Readonly<Record<string, never>>, string[], CliContext>({
  docs: {
    brief: 'Follow a metric from its rule through the query and its rows to the values that the API would show',
    fullDescription: [
      'Tells which rule makes the metric of which series, what Prometheus is asked, every row with its labels, its value and the age of its samples, and the value of each object; or the first step at which it is lost, and what to do.',
      'Asks Prometheus alone: names of objects come from the labels of series, kinds are those that every cluster has.',
      'Exit codes: 0 ok, 1 lost or not what it should be, 2 bad input, 3 denied, 4 a file that is not there, 6 Prometheus unavailable.',
    ].join('\n'),
    customUsage: ['METRIC --config FILE --prometheus URL [--flag]...'],
  },
  parameters: {
    flags: Object.fromEntries(
      Object.entries(BRIEFS).map(([flag, brief]) => [flag, flagHelp(ADAPTER_EXPLAIN_SYNTAX.get(flag), brief)]),
    ) as never,
    aliases: { n: 'namespace', l: 'selector', o: 'output' } as never,
    positional: {
      kind: 'array',
      parameter: {
        brief: 'the metric, pods/http_requests_per_second for example',
        parse: String,
        placeholder: 'metric',
      },
    },
  },
  func: async function (this: CliContext, _flags, ...words: string[]): Promise<void> {
    this.process.exitCode = await runAdapterExplain(parseAdapterExplainWords(words, this.environment), this);
  },
});
