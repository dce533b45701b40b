import { buildCommand } from '@stricli/core';
import { EXIT_FINDINGS } from '../../base/failure.ts';
import {
  ADAPTER_PREVIEW_SYNTAX,
  type AdapterPreviewConfig,
  type AdapterPreviewFlag,
  parseAdapterPreviewWords,
} from '../config/adapter-preview-config.ts';
import type { AdapterPreview } from '../processes/adapter-preview.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';
import { ASKED_PROMETHEUS_BRIEFS } from './prometheus-briefs.ts';
import { writeSafely } from './safe-output.ts';

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<AdapterPreviewFlag, string>> = {
  config: 'file of the rules, or a folder of files *.yaml',
  ...ASKED_PROMETHEUS_BRIEFS,
  namespace: 'of the HPA; the context’s own when absent',
  kubeconfig: 'kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  context: 'context of the kubeconfig',
  output: 'text (default) or json',
  lang: 'en or zh-CN; the locale decides when absent',
};

/** Shows what the HPA would decide. Resolves to the exit code: 0 all is well, 1 some metric has no value. */
async function runAdapterPreview(config: AdapterPreviewConfig, context: CliContext): Promise<number> {
  const [{ readRuleFiles, parseRuleFiles }, { withPrometheus }, { previewInCluster }] = await Promise.all([
    import('../processes/rule-files.ts'),
    import('./asked-prometheus.ts'),
    import('./previewed-cluster.ts'),
  ]);
  const { previewJson, previewText, refusalTexts } = await import('./preview-report.ts');
  const texts = await readRuleFiles(config.rulesPath);
  const preview = await withPrometheus(config.prometheus, context, ({ prometheus, backends }) => {
    const files = parseRuleFiles(texts, backends);
    return previewInCluster(config, { files, prometheus, maxAgeMs: config.prometheus.maxAgeMs }, context);
  });
  for (const warning of refusalTexts(preview, config.language))
    await writeSafely(context.process.stderr, `${warning}\n`);
  const render = config.output === 'json' ? previewJson : previewText;
  await writeSafely(context.process.stdout, render(preview, config.rulesPath, config.language));
  return isWhole(preview) ? 0 : EXIT_FINDINGS;
}

function isWhole({ decision }: AdapterPreview): boolean {
  return decision.error === null && decision.trace.metrics.every(({ code }) => code === 'MetricProposed');
}

/** `podtide adapter preview HPA`. */
export const adapterPreviewCommand = buildCommand<Readonly<Record<string, never>>, string[], CliContext>({
  docs: {
    brief: 'Show what an HPA would decide by rules that nobody serves yet',
    fullDescription: [
      'Reads the HPA, its scale and its pods, answers its metrics of pods, objects and external systems by the rules of the file, and shows each value and the count that comes of it. CPU and memory, and an API that the file has no rules for, are the cluster’s.',
      'Nothing is written. It decides as a controller that has just started, which remembers nothing.',
      'Exit codes: 0 ok, 1 a metric without a value, 2 bad input, 3 denied, 4 no such HPA or file, 6 unavailable.',
    ].join('\n'),
    customUsage: ['HPA --config FILE --prometheus URL [--flag]...'],
  },
  parameters: {
    flags: Object.fromEntries(
      Object.entries(BRIEFS).map(([flag, brief]) => [flag, flagHelp(ADAPTER_PREVIEW_SYNTAX.get(flag), brief)]),
    ) as never,
    aliases: { n: 'namespace', o: 'output' } as never,
    positional: { kind: 'array', parameter: { brief: 'the HPA', parse: String, placeholder: 'hpa' } },
  },
  func: async function (this: CliContext, _flags, ...words: string[]): Promise<void> {
    this.process.exitCode = await runAdapterPreview(parseAdapterPreviewWords(words, this.environment), this);
  },
});
