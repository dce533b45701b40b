import { describe, expect, test } from 'vitest';
import { failureOfAnswer } from './api-failure.ts';
import { subjectOfPath } from './request-subject.ts';

const METRICS = '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=a';
const CUSTOM = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/%2A/rps';
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue_length';

describe('the wording of a refusal', () => {
  const rows: readonly {
    why: string;
    method?: string;
    path?: string;
    status: number;
    contentType?: string;
    body?: string;
    kind: string;
    reason: string;
    message: string;
  }[] = [
    {
      why: 'a Status speaks for itself',
      status: 404,
      body: '{"kind":"Status","status":"Failure","message":"pods \\"a\\" not found","reason":"NotFound","code":404}',
      kind: 'notFound',
      reason: 'NotFound',
      message: 'pods "a" not found',
    },
    {
      why: 'a path that no server knows: the metrics API is not installed',
      path: METRICS,
      status: 404,
      contentType: 'text/plain',
      body: '404 page not found\n',
      kind: 'notFound',
      reason: 'NotFound',
      message: 'the server could not find the requested resource (get pods.metrics.k8s.io)',
    },
    {
      why: 'an aggregated server that is down',
      path: METRICS,
      status: 503,
      contentType: 'text/plain; charset=utf-8',
      body: 'service unavailable',
      kind: 'unavailable',
      reason: 'ServiceUnavailable',
      message: 'the server is currently unable to handle the request (get pods.metrics.k8s.io)',
    },
    {
      why: 'names are decoded',
      path: CUSTOM,
      status: 503,
      kind: 'unavailable',
      reason: 'ServiceUnavailable',
      message: 'the server is currently unable to handle the request (get pods.custom.metrics.k8s.io *)',
    },
    {
      why: 'an external metric is a resource',
      path: EXTERNAL,
      status: 500,
      contentType: 'text/plain',
      body: 'Internal Server Error: "/x": boom\n',
      kind: 'unavailable',
      reason: 'InternalError',
      message:
        'an error on the server ("Internal Server Error: \\"/x\\": boom") has prevented the request from succeeding (get queue_length.external.metrics.k8s.io)',
    },
    {
      why: 'a body that is no text is not quoted',
      status: 502,
      contentType: 'application/octet-stream',
      body: 'xx',
      kind: 'unavailable',
      reason: 'InternalError',
      message: 'an error on the server ("unknown") has prevented the request from succeeding (get pods web)',
    },
    {
      why: 'a body without a type is text',
      status: 403,
      body: 'Forbidden by the gateway',
      contentType: '',
      kind: 'denied',
      reason: 'Forbidden',
      message: 'Forbidden by the gateway (get pods web)',
    },
    {
      why: 'a conflict on create',
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods',
      status: 409,
      kind: 'conflict',
      reason: 'AlreadyExists',
      message: 'the server reported a conflict (post pods)',
    },
    {
      why: 'a conflict elsewhere',
      method: 'PUT',
      status: 409,
      kind: 'conflict',
      reason: 'Conflict',
      message: 'the server reported a conflict (put pods web)',
    },
    {
      why: 'an expired login',
      status: 401,
      kind: 'denied',
      reason: 'Unauthorized',
      message: 'the server has asked for the client to provide credentials (get pods web)',
    },
    {
      why: 'too many',
      status: 429,
      kind: 'unavailable',
      reason: 'TooManyRequests',
      message: 'the server has received too many requests and has asked us to try again later (get pods web)',
    },
    {
      why: 'a timeout',
      status: 504,
      kind: 'unavailable',
      reason: 'Timeout',
      message:
        'the server was unable to return a response in the time allotted, but may still be processing the request (get pods web)',
    },
    {
      why: 'half a Status',
      status: 500,
      contentType: 'application/json',
      body: '{"kind":"Status","mess',
      kind: 'unavailable',
      reason: 'InternalError',
      message: 'an error on the server ("unknown") has prevented the request from succeeding (get pods web)',
    },
    {
      why: 'a code that nobody knows',
      status: 418,
      kind: 'invalid',
      reason: 'Unknown',
      message: 'the server responded with the status code 418 but did not return more information (get pods web)',
    },
    {
      why: 'no resource in the path',
      path: '/version',
      status: 404,
      kind: 'notFound',
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    },
  ];
  for (const row of rows) {
    test(row.why, () => {
      const answer = { status: row.status, contentType: row.contentType ?? 'text/plain', bodyText: row.body ?? '' };
      const failure = failureOfAnswer(
        answer,
        subjectOfPath(row.method ?? 'GET', row.path ?? '/api/v1/namespaces/shop/pods/web'),
      );
      expect({ kind: failure.kind, status: failure.status, reason: failure.reason, message: failure.message }).toEqual({
        kind: row.kind,
        status: row.status,
        reason: row.reason,
        message: row.message,
      });
    });
  }
});
