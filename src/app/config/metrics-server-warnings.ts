import { aggregatedServerWarnings } from './aggregated-server-warnings.ts';
import type { ParsedMetricsServerFlags } from './metrics-server-flags.ts';
import { UNUSED_METRICS_SERVER_FLAGS, unusedFlagWarnings } from './metrics-server-unused-flags.ts';

/** What an operator should know of flags that are taken, one line each: unsafe ones first, those without effect last. */
export function metricsServerWarnings(
  flags: ParsedMetricsServerFlags,
  given: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const format =
    flags['logging-format'] === 'text' ? ['--logging-format=text: without effect: log lines are JSON on stderr'] : [];
  return [
    ...kubeletWarnings(flags),
    ...aggregatedServerWarnings(flags, given),
    ...format,
    ...unusedFlagWarnings(given, UNUSED_METRICS_SERVER_FLAGS),
  ];
}

function kubeletWarnings(flags: ParsedMetricsServerFlags): readonly string[] {
  if (flags['deprecated-kubelet-completely-insecure']) {
    return [
      '--deprecated-kubelet-completely-insecure: numbers come from kubelets over plain HTTP, and anybody on the way can change them; open the kubelets’ authenticated port and leave this flag out',
    ];
  }
  if (!flags['kubelet-insecure-tls']) return [];
  return [
    '--kubelet-insecure-tls: no kubelet has to prove who it is, and whoever answers in its place gets this program’s token; set serverTLSBootstrap: true in the kubelets’ configuration, approve their certificate requests (kubectl get csr, kubectl certificate approve NAME), and leave this flag out',
  ];
}
