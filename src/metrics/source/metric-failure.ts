import { Failure, type FailureKind } from '../../base/failure.ts';
import type { ApiFailure } from '../../platform/kube/api-failure.ts';

/**
 * Why a source has no values, as far as upstream's server tells it apart. `unknownMetric`: it knows no such metric of that
 * resource, or cannot ask for it. `noValue`: it asked, and got nothing for that object. `unlistedObjects`: which objects are
 * meant could not be learnt. `unfetched`: whoever has the numbers did not give them. `unreadResult`: they gave something that
 * is no list of values. `refused`: another server was asked and said no in words of its own.
 */
export type MetricFailureReason =
  | 'unknownMetric'
  | 'noValue'
  | 'unlistedObjects'
  | 'unfetched'
  | 'unreadResult'
  | 'refused';

const KINDS: Readonly<Record<MetricFailureReason, FailureKind>> = {
  unknownMetric: 'notFound',
  noValue: 'notFound',
  unlistedObjects: 'unavailable',
  unfetched: 'unavailable',
  unreadResult: 'unavailable',
  refused: 'unavailable',
};

/**
 * A source has no values. The message is for whoever runs the source: it may name queries and servers, and is not shown to
 * those who ask for metrics, who get upstream's words for the reason.
 */
export class MetricFailure extends Failure {
  readonly reason: MetricFailureReason;
  /** What the other server said, with reason `refused`. */
  readonly answer: ApiFailure | undefined;

  constructor(
    reason: MetricFailureReason,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown; readonly answer?: ApiFailure } = {},
  ) {
    super(options.answer?.kind ?? KINDS[reason], message, options);
    this.reason = reason;
    this.answer = options.answer;
  }
}
