import { buildCommand } from '@stricli/core';
import { EXIT_FINDINGS, FAILURE_RULES } from '../../base/failure.ts';
import { ADAPTER_CONFIG_LENGTH_MAX } from '../../base/limits.ts';
import { severityOfAdapterFinding } from '../../core/explain/explain-adapter-finding.ts';
import type { ConfigReport } from '../../metrics/adapter/check/check-config.ts';
import type { LiveReport } from '../../metrics/adapter/check/live-check.ts';
import {
  ADAPTER_CHECK_SYNTAX,
  type AdapterCheckConfig,
  type AdapterCheckFlag,
  parseAdapterCheckWords,
} from '../config/adapter-check-config.ts';
import type { AskedPrometheus } from '../config/prometheus-choice.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';
import { ASKED_PROMETHEUS_BRIEFS } from './prometheus-briefs.ts';
import { writeSafely } from './safe-output.ts';
import { readWhole } from './whole-file.ts';

/** A character is four bytes at most; the check itself refuses what is longer. */
const FILE_BYTES_MAX = 4 * ADAPTER_CONFIG_LENGTH_MAX;

/**
 * Checks a configuration file of prometheus-adapter. Resolves to the exit code: 0 nothing but notes, 1 findings, 2 a file
 * that cannot be loaded. Throws Failure when it cannot be read, or when a Prometheus is to be asked that cannot be.
 */
export async function runAdapterCheck(config: AdapterCheckConfig, context: CliContext): Promise<number> {
  const { stdin, stdout } = context.process;
  const [{ checkAdapterConfig }, { builtInKinds }, { adapterReportJson, adapterReportText }] = await Promise.all([
    import('../../metrics/adapter/check/check-config.ts'),
    import('../../metrics/adapter/check/built-in-kinds.ts'),
    import('./adapter-report.ts'),
  ]);
  const text = await readWhole(config.file, stdin, FILE_BYTES_MAX);
  const report =
    config.prometheus === null
      ? checkAdapterConfig(text, builtInKinds())
      : await checkOverSeries(text, config.prometheus, context);
  const render = config.output === 'json' ? adapterReportJson : adapterReportText;
  await writeSafely(stdout, render(report, config.file, config.language));
  return exitCodeOfReport(report);
}

/** The check with Prometheus' series in place of made-up ones. */
async function checkOverSeries(text: string, asked: AskedPrometheus, context: CliContext): Promise<LiveReport> {
  const [{ checkWithPrometheus }, { builtInKinds }, { withPrometheus }] = await Promise.all([
    import('../../metrics/adapter/check/live-check.ts'),
    import('../../metrics/adapter/check/built-in-kinds.ts'),
    import('./asked-prometheus.ts'),
  ]);
  return await withPrometheus(asked, context, (hand) =>
    checkWithPrometheus(text, builtInKinds(), { ...hand, maxAgeMs: asked.maxAgeMs }, context.signal),
  );
}

function exitCodeOfReport({ isLoadable, findings }: ConfigReport): number {
  if (!isLoadable) return FAILURE_RULES.invalid.exitCode;
  return findings.some(({ finding }) => severityOfAdapterFinding(finding) !== 'note') ? EXIT_FINDINGS : 0;
}

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<AdapterCheckFlag, string>> = {
  ...ASKED_PROMETHEUS_BRIEFS,
  output: 'text (default) or json',
  lang: 'en or zh-CN; the locale decides when absent',
};

/** `podtide adapter check FILE`. Its words are read by the configuration, as those of the other adapter commands. */
export const adapterCheckCommand = buildCommand<Readonly<Record<string, never>>, string[], CliContext>({
  docs: {
    brief: 'Check a rule file of prometheus-adapter before it is rolled out',
    fullDescription: [
      'Reads the file as prometheus-adapter does, and tells every problem with line and column, and what to do: what keeps it from starting, and what would not do what was meant.',
      'Asks nobody: kinds that every Kubernetes cluster has are known. With --prometheus the rules are tried on its series: what each rule finds, leaves out and makes of them, the query of each metric, counters by their type, rules that take metrics from each other; with --prometheus-backends each rule on those of its backend.',
      'Exit codes: 0 nothing but notes, 1 findings, 2 a file that cannot be loaded, 3 denied, 6 Prometheus unavailable.',
    ].join('\n'),
    customUsage: ['FILE [--flag]...', 'FILE --prometheus URL [--flag]...'],
  },
  parameters: {
    flags: Object.fromEntries(
      Object.entries(BRIEFS).map(([flag, brief]) => [flag, flagHelp(ADAPTER_CHECK_SYNTAX.get(flag), brief)]),
    ) as never,
    aliases: { o: 'output' } as never,
    positional: {
      kind: 'array',
      parameter: { brief: 'the file, - for standard input', parse: String, placeholder: 'file' },
    },
  },
  func: async function (this: CliContext, _flags, ...words: string[]): Promise<void> {
    this.process.exitCode = await runAdapterCheck(parseAdapterCheckWords(words, this.environment), this);
  },
});
