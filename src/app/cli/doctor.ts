import { buildCommand } from '@stricli/core';
import { EXIT_FINDINGS, FAILURE_RULES } from '../../base/failure.ts';
import type { Diagnosis } from '../../core/explain/doctor-diagnosis.ts';
import { severityOfDoctorFinding } from '../../core/explain/doctor-finding.ts';
import type { DoctorConfig, DoctorFlag, DoctorFlags } from '../config/doctor-config.ts';
import type { DoctorCluster } from '../processes/doctor/doctor-cluster.ts';
import type { CliContext } from './context.ts';
import { writeSafely } from './safe-output.ts';

/** What `podtide doctor` writes, and the exit code that it ends with. */
export interface DoctorAnswer {
  readonly text: string;
  readonly exitCode: number;
}

/** What is to be written about a cluster. Throws Failure when it does not answer, or does not know who asks. */
export async function answerDoctor(
  { namespace, output, language }: DoctorConfig,
  cluster: DoctorCluster,
  signal: AbortSignal,
): Promise<DoctorAnswer> {
  const [{ readDoctorFacts }, { diagnose }, { doctorJson, doctorText }] = await Promise.all([
    import('../processes/doctor/doctor-readings.ts'),
    import('../../core/explain/doctor-diagnosis.ts'),
    import('./doctor-report.ts'),
  ]);
  const diagnosis = diagnose(await readDoctorFacts(cluster, namespace, signal));
  const render = output === 'json' ? doctorJson : doctorText;
  return { text: render(diagnosis, language), exitCode: exitCodeOfDiagnosis(diagnosis) };
}

/** Nothing found is well only when everything was looked at. */
export function exitCodeOfDiagnosis({ findings }: Pick<Diagnosis, 'findings'>): number {
  if (findings.some((finding) => severityOfDoctorFinding(finding) === 'problem')) return EXIT_FINDINGS;
  const unseen = findings.filter((finding) => finding.code === 'Unseen');
  if (unseen.length === 0) return 0;
  return (unseen.some(({ isDenied }) => isDenied) ? FAILURE_RULES.denied : FAILURE_RULES.unavailable).exitCode;
}

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<DoctorFlag, string>> = {
  kubeconfig: 'kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  context: 'context of the kubeconfig',
  namespace: 'only the HPAs and ScaledObjects of this namespace',
  output: 'text (default) or json',
  lang: 'en or zh-CN; the locale decides when absent',
};

/** `podtide doctor`. Values are checked by the configuration's schema, which names all problems at once. */
export const doctorCommand = buildCommand<DoctorFlags, [], CliContext>({
  docs: {
    brief: 'Who serves the metrics APIs of a cluster, and which HPAs get no numbers',
    fullDescription: [
      'Looks at the three metrics APIs: who answers for each version, why it does not, and which HPAs need metrics that nobody has. Reads only; what may not be read is told.',
      'Exit codes: 0 nothing found, 1 problems, 2 bad input, 3 nothing found but something may not be read, 4 no kubeconfig, 6 the cluster does not answer.',
    ].join('\n'),
  },
  parameters: {
    flags: Object.fromEntries(
      Object.entries(BRIEFS).map(([flag, brief]) => [
        flag,
        { kind: 'parsed', parse: String, brief, optional: true, placeholder: 'value' },
      ]),
    ) as never,
    aliases: { n: 'namespace', o: 'output' } as never,
  },
  func: async function (this: CliContext, flags: DoctorFlags): Promise<void> {
    const [{ parseDoctorConfig }, { withDoctorCluster }] = await Promise.all([
      import('../config/doctor-config.ts'),
      import('../processes/doctor/doctor-cluster.ts'),
    ]);
    const config = parseDoctorConfig(flags, this.environment);
    const { text, exitCode } = await withDoctorCluster(config, this.environment, (cluster) =>
      answerDoctor(config, cluster, this.signal),
    );
    await writeSafely(this.process.stdout, text);
    this.process.exitCode = exitCode;
  },
});
