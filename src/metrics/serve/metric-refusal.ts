import { Failure } from '../../base/failure.ts';
import { MetricFailure } from '../source/metric-failure.ts';
import { internalError, RefusedRequest, type StatusDetails } from './answer.ts';

/** What was asked for, as refusals name it: `of` is the resource as it was written, `name` the object's. */
export interface SoughtMetric {
  readonly metric: string;
  readonly of: string;
  readonly name: string;
}

/**
 * What a request is answered with when its source has no values: upstream's words for the reasons that it knows, which say
 * nothing of queries and servers; anything else as it was thrown.
 */
export function metricRefusal(thrown: unknown, sought: SoughtMetric): unknown {
  if (thrown instanceof MetricFailure) return refusalOf(thrown, sought);
  return thrown instanceof Failure && thrown.kind === 'notFound' ? unknownMetric(sought) : thrown;
}

function refusalOf({ reason, answer, message }: MetricFailure, sought: SoughtMetric): RefusedRequest {
  switch (reason) {
    case 'unknownMetric':
      return unknownMetric(sought);
    case 'noValue':
      return noValue(sought);
    case 'unlistedObjects':
      return internalError('unable to list matching resources');
    case 'unfetched':
      return internalError('unable to fetch metrics');
    case 'unreadResult':
      return new RefusedRequest(500, '', 'encountered an unexpected query result type');
    case 'refused':
      if (answer === undefined) return new RefusedRequest(503, 'ServiceUnavailable', message);
      return new RefusedRequest(answer.status, answer.reason, answer.message, readDetails(answer.details));
  }
}

function unknownMetric({ metric, of }: SoughtMetric): RefusedRequest {
  return new RefusedRequest(404, 'NotFound', `the server could not find the metric ${metric} for ${of}`);
}

/** The 404 of an object without a value. */
export function noValue({ metric, of, name }: SoughtMetric): RefusedRequest {
  return new RefusedRequest(404, 'NotFound', `the server could not find the metric ${metric} for ${of} ${name}`);
}

/** Details of another server's Status; dropped when they are no object. */
function readDetails(details: unknown): StatusDetails | undefined {
  return typeof details === 'object' && details !== null ? (details as StatusDetails) : undefined;
}
