import { EXIT_FINDINGS, FAILURE_RULES } from '../../base/failure.ts';
import { explainTopNotice, type TopNotice } from '../../core/explain/top-notices.ts';
import { firstBrokenLink, type UsageChain } from '../../core/explain/usage-chain.ts';
import type { TopConfig } from '../config/top-config.ts';
import { tracePod } from '../processes/top/pod-trace.ts';
import { namespaceOf, type TopCluster, withTopCluster } from '../processes/top/top-cluster.ts';
import { readNodeUsage, readPodUsage } from '../processes/top/usage-reading.ts';
import { writeSafely } from './safe-output.ts';
import type { TopRunner } from './top.ts';
import { nodesJson, podsJson, traceJson, traceText } from './top-report.ts';
import { nodeTable, podTable } from './top-table.ts';

/** What `podtide top` writes, and the exit code that it ends with. */
export interface TopAnswer {
  readonly text: string;
  readonly exitCode: number;
}

/** Writes what was asked for to standard output, and what a person should know beside it to standard error. */
export const runTop: TopRunner = async (config, environment, context) => {
  const { stdout, stderr } = context.process;
  const notify = (notice: TopNotice): void => {
    stderr.write(`${explainTopNotice(notice, config.language)}\n`);
  };
  const { text, exitCode } = await withTopCluster(config, environment, notify, (cluster) =>
    answerTop(config, cluster, context.signal),
  );
  await writeSafely(stdout, text);
  context.process.exitCode = exitCode;
};

/** What is to be written about a cluster. Throws Failure when there is nothing to write. */
export async function answerTop(
  { subject, output, language, sortBy, hasHeaders }: TopConfig,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<TopAnswer> {
  const choice = { sortBy, hasHeaders };
  if (subject.kind === 'nodes') {
    const reading = await readNodeUsage(subject, cluster, signal);
    return { text: output === 'json' ? nodesJson(reading) : nodeTable(reading, subject, choice), exitCode: 0 };
  }
  if (subject.kind === 'pods') {
    const reading = await readPodUsage(subject, cluster, signal);
    return { text: output === 'json' ? podsJson(reading) : podTable(reading, subject, choice), exitCode: 0 };
  }
  const namespace = namespaceOf(subject.scope, cluster) ?? '';
  const chain = await tracePod({ namespace, name: subject.name }, cluster, signal);
  const write = output === 'json' ? traceJson : traceText;
  return { text: write(chain, language), exitCode: exitCodeOf(chain) };
}

/** A number that is there for everybody is well; else it depends on whether anything is known of why. */
function exitCodeOf(chain: UsageChain): number {
  const broken = firstBrokenLink(chain);
  if (broken?.code === 'PodMissing') return FAILURE_RULES.notFound.exitCode;
  if (broken !== undefined) return EXIT_FINDINGS;
  const isServed = chain.links.some(({ code }) => code === 'ApiServed');
  return isServed ? 0 : FAILURE_RULES.denied.exitCode;
}
