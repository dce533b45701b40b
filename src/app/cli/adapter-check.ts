import { buildCommand } from '@stricli/core';
import { EXIT_FINDINGS, FAILURE_RULES } from '../../base/failure.ts';
import { ADAPTER_CONFIG_LENGTH_MAX } from '../../base/limits.ts';
import { severityOfAdapterFinding } from '../../core/explain/explain-adapter-finding.ts';
import type { ConfigReport } from '../../metrics/adapter/check/check-config.ts';
import type { AdapterCheckConfig, AdapterCheckFlag, AdapterCheckFlags } from '../config/adapter-check-config.ts';
import type { CliContext } from './context.ts';
import { writeSafely } from './safe-output.ts';
import { readWhole } from './whole-file.ts';

/** A character is four bytes at most; the check itself refuses what is longer. */
const FILE_BYTES_MAX = 4 * ADAPTER_CONFIG_LENGTH_MAX;

/** Where it reads from and writes to. */
export type AdapterCheckIo = Pick<CliContext['process'], 'stdin' | 'stdout'>;

/**
 * Checks a configuration file of prometheus-adapter. Resolves to the exit code: 0 nothing but notes, 1 findings, 2 a file
 * that cannot be loaded. Throws Failure when it cannot be read.
 */
export async function runAdapterCheck(config: AdapterCheckConfig, io: AdapterCheckIo): Promise<number> {
  const [{ checkAdapterConfig }, { builtInKinds }, { adapterReportJson, adapterReportText }] = await Promise.all([
    import('../../metrics/adapter/check/check-config.ts'),
    import('../../metrics/adapter/check/built-in-kinds.ts'),
    import('./adapter-report.ts'),
  ]);
  const text = await readWhole(config.file, io.stdin, FILE_BYTES_MAX);
  const report = checkAdapterConfig(text, builtInKinds(), await backendNamesOf(config));
  const render = config.output === 'json' ? adapterReportJson : adapterReportText;
  await writeSafely(io.stdout, render(report, config.file, config.language));
  return exitCodeOfReport(report);
}

async function backendNamesOf({ backendsPath }: AdapterCheckConfig): Promise<readonly string[] | null> {
  if (backendsPath === null) return null;
  const { readPrometheusBackends } = await import('../processes/prometheus-backends-file.ts');
  return (await readPrometheusBackends(backendsPath)).map(({ name }) => name);
}

function exitCodeOfReport({ isLoadable, findings }: ConfigReport): number {
  if (!isLoadable) return FAILURE_RULES.invalid.exitCode;
  return findings.some(({ finding }) => severityOfAdapterFinding(finding) !== 'note') ? EXIT_FINDINGS : 0;
}

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<AdapterCheckFlag, string>> = {
  output: 'text (default) or json',
  lang: 'en or zh-CN; the locale decides when absent',
  'prometheus-backends': 'backends file that rules name backends of; without it those names are not judged',
};

/** `podtide adapter check FILE`. */
export const adapterCheckCommand = buildCommand<AdapterCheckFlags, string[], CliContext>({
  docs: {
    brief: 'Check a rule file of prometheus-adapter before it is rolled out',
    fullDescription: [
      'Reads the file as prometheus-adapter does, and tells every problem with line and column, and what to do: what keeps it from starting, and what would not do what was meant.',
      'Asks nobody: kinds that every Kubernetes cluster has are known, Prometheus is not asked.',
      'Exit codes: 0 nothing but notes, 1 findings, 2 a file that cannot be loaded.',
    ].join('\n'),
  },
  parameters: {
    flags: Object.fromEntries(
      Object.entries(BRIEFS).map(([flag, brief]) => [
        flag,
        { kind: 'parsed', parse: String, brief, optional: true, placeholder: 'value' },
      ]),
    ) as never,
    aliases: { o: 'output' } as never,
    positional: {
      kind: 'array',
      parameter: { brief: 'the file, - for standard input', parse: String, placeholder: 'file' },
    },
  },
  func: async function (this: CliContext, flags: AdapterCheckFlags, ...files: string[]): Promise<void> {
    const { parseAdapterCheckConfig } = await import('../config/adapter-check-config.ts');
    const config = parseAdapterCheckConfig(flags, files, this.environment);
    this.process.exitCode = await runAdapterCheck(config, this.process);
  },
});
