import { buildCommand } from '@stricli/core';
import { EXIT_FINDINGS } from '../../base/failure.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { Observation, ObservationEntry } from '../../control/history/observation-log.ts';
import { explainObservedMove, observationSentencesIn } from '../../core/explain/explain-observed-move.ts';
import type { Language } from '../../core/explain/language.ts';
import type { ObserveReportFlag, ObserveReportFlags } from '../config/observe-report-config.ts';
import type { CliContext } from './context.ts';
import { writeSafely } from './safe-output.ts';

/** An observation for a person: what was seen, how often both agree, and each move on which they do not. */
export function observationText(observation: Observation, language: Language): string {
  const { report } = observationSentencesIn(language);
  const { cluster, sinceMs, hpaCount, syncCount, quietCount, counts, agreementRatio } = observation;
  if (sinceMs === null) return `${report.nothingSeen}\n`;
  const { disagreements, notComparable, leftOutCount } = observation;
  const lines = [
    report.head({ cluster, since: formatRfc3339(sinceMs), hpaCount, syncCount, quietCount }),
    report.counts(counts),
    report.ratio(agreementRatio),
  ];
  if (disagreements.length > 0) lines.push('', report.disagreements, ...entryLines(disagreements, language));
  if (notComparable.length > 0) lines.push('', report.notComparable, ...entryLines(notComparable, language));
  if (leftOutCount > 0) lines.push('', report.leftOut(leftOutCount));
  const isAllAgreed = agreementRatio === 1;
  if (isAllAgreed) lines.push(report.allAgree);
  return `${lines.join('\n')}\n`;
}

function entryLines(entries: readonly ObservationEntry[], language: Language): readonly string[] {
  const { report } = observationSentencesIn(language);
  return entries.flatMap((entry) => {
    const { verdict, reasons, ours } = explainObservedMove(entry, language, { formatTime: formatRfc3339 });
    const { namespace, name } = entry.hpa;
    return [
      `  ${formatRfc3339(entry.atMs)}  ${namespace}/${name}  ${verdict}`,
      ...[...reasons, ours, report.decision(entry.decisionId)].map((line) => `      ${line}`),
    ];
  });
}

/** What each flag says in `--help`. */
const BRIEFS: Readonly<Record<Exclude<ObserveReportFlag, 'fail-on-disagreement'>, string>> = {
  url: 'address of the observer (default http://127.0.0.1:9091)',
  'ca-file': 'authorities that its certificate may come from; the system’s when absent',
  kubeconfig: 'ask through the API server of this kubeconfig instead',
  context: 'context of the kubeconfig',
  service: 'NAMESPACE/NAME of the Service to ask (default podtide-system/podtide-controller)',
  'token-file': 'file with a bearer token of the cluster; the kubeconfig’s own when absent',
  namespace: 'only the HPAs of this namespace',
  lang: 'en or zh-CN; the locale decides when absent',
  output: 'text (default) or json',
};

const VALUE_FLAGS = Object.entries(BRIEFS).map(([flag, brief]) => [
  flag,
  { kind: 'parsed', parse: String, brief, optional: true, placeholder: 'value' },
]);

/** `podtide observe report`. Values are checked by the configuration's schema, which names all problems at once. */
export const observeReportCommand = buildCommand<ObserveReportFlags, [], CliContext>({
  docs: {
    brief: 'How an observer’s decisions compare with those of the controller beside it',
    fullDescription: [
      'Asks a running podtide controller --mode observe which moves of the acting controller it would have made too, which not, which it would have made alone, and why.',
      'Exit codes: 0 ok, 1 disagreements (with --fail-on-disagreement), 2 bad input, 3 denied, 4 no observer there, 6 unavailable.',
    ].join('\n'),
  },
  parameters: {
    flags: {
      ...Object.fromEntries(VALUE_FLAGS),
      'fail-on-disagreement': {
        kind: 'boolean',
        brief: 'end with 1 when there is a disagreement',
        default: false,
        withNegated: false,
      },
    } as never,
    aliases: { o: 'output', n: 'namespace' } as never,
  },
  func: async function (this: CliContext, flags: ObserveReportFlags): Promise<void> {
    const [{ parseObserveReportConfig }, { readObservation }] = await Promise.all([
      import('../config/observe-report-config.ts'),
      import('../processes/observation-reader.ts'),
    ]);
    const config = parseObserveReportConfig(flags, this.environment);
    const observation = await readObservation(config, this.environment, this.signal);
    const text =
      config.output === 'json' ? `${JSON.stringify(observation)}\n` : observationText(observation, config.language);
    await writeSafely(this.process.stdout, text);
    const { otherNumber, theyMovedAlone, weMovedAlone } = observation.counts;
    const disagreementCount = otherNumber + theyMovedAlone + weMovedAlone;
    this.process.exitCode = config.isDisagreementFailure && disagreementCount > 0 ? EXIT_FINDINGS : 0;
  },
});
