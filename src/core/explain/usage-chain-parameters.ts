import type { MetricFailed } from '../engine/trace.ts';
import { amountText } from './amount.ts';
import type { ChainWriters } from './explain-usage-chain.ts';
import { metricLabel, type NamedMetric } from './metric-label.ts';
import { selectorParams } from './parameters.ts';
import type { LinkOf } from './usage-chain.ts';

/** Cores with nine decimals at most, as a rate comes out: `0.2`, `0.182734519`. */
export function coresText(cpuNanoseconds: number, windowMs: number): string {
  return String(Number((cpuNanoseconds / 1e6 / windowMs).toFixed(9)));
}

/** CPU seconds with nine decimals at most. */
export function cpuSecondsText(cpuNanoseconds: number): string {
  return String(Number((cpuNanoseconds / 1e9).toFixed(9)));
}

/** What the pod uses and asks for, as an HPA counts it. */
export function shareText(
  { metric, share }: LinkOf<'HpaReckons'>,
  { sentences }: ChainWriters,
): { readonly usage: string; readonly request: string | null; readonly percent: string } {
  const unit = unitOf(metric);
  const { usageMilli, requestMilli } = share;
  return {
    usage: amountText(usageMilli, unit, sentences.percent),
    request: requestMilli === null ? null : amountText(requestMilli, unit, sentences.percent),
    percent:
      requestMilli === null || requestMilli === 0
        ? '–'
        : sentences.percent(String(Math.trunc((usageMilli * 100) / requestMilli))),
  };
}

function unitOf(metric: NamedMetric): 'cores' | 'bytes' | 'plain' {
  const resource = metricLabel(metric);
  return resource === 'cpu' ? 'cores' : resource === 'memory' ? 'bytes' : 'plain';
}

/** What to do about a metric that fails because a container has no request; null when it fails for another reason. */
export function requestAction({ message }: MetricFailed, { sentences }: ChainWriters): string | null {
  if (!/missing (pod-level )?request for/.test(message)) return null;
  return sentences.findings.MissingRequest.action(NO_PARAMS);
}

/** The action on a missing request prints none of them. */
const NO_PARAMS = {
  hpa: '',
  namespace: '',
  label: '',
  pods: '',
  podCount: 0,
  message: '',
  apiService: '',
  fromReplicas: 0,
  toReplicas: 0,
  threshold: '',
};

/** Why an HPA looks at no metric, as the end of a sentence. */
export function stopText({ path, selector, error }: LinkOf<'HpaStops'>, { sentences }: ChainWriters): string {
  const { clauses } = sentences;
  if (selector !== null && selector.code !== 'Unambiguous')
    return clauses.selector[selector.code](selectorParams(selector, sentences));
  if (path.code === 'MetricDriven' || path.code === 'SelectorFailed') return error;
  const { currentReplicas, minReplicas, maxReplicas } = path;
  const counts = {
    currentReplicas: currentReplicas ?? 0,
    minReplicas: minReplicas ?? 0,
    maxReplicas: maxReplicas ?? 0,
  };
  return clauses.path[path.code]({ ...counts, error });
}
