import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import type { Scale } from '../../core/autoscaling/types.ts';
import { INLINE_JSON_PARSER, type JsonParser } from './answer-body.ts';
import { type AnswerRecord, type CallContext, callApi } from './api-call.ts';
import type { CallOptions, KubeClient, KubeObject, Patch, ResourceType, Subresource } from './client.ts';
import { listAll } from './list-pages.ts';
import { subjectOfPath } from './request-subject.ts';
import { collectionPath, objectPath, withQuery } from './resource-path.ts';
import { convertScaleSelector } from './scale-selector.ts';
import type { KubeTransport } from './transport.ts';

/** What a client is made of. */
export interface KubeClientOptions {
  readonly transport: KubeTransport;
  readonly ioClock: IoClock;
  /** Sent with every request; the server derives the default field manager from the part before the slash. */
  readonly userAgent: string;
  readonly log?: Log;
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: () => number;
  /** For a whole call, retries included, when the call names none; 30 s when absent. */
  readonly deadlineMs?: number;
  /** Where bodies are parsed; in the calling thread when absent. */
  readonly jsonParser?: JsonParser;
  readonly onAnswer?: (answer: AnswerRecord) => void;
}

const CALL_DEADLINE_MS = 30_000;

/** Makes a client over a transport. The transport stays the caller's to close. */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const context = callContext(options);
  return {
    get: async <T extends KubeObject>(
      type: ResourceType,
      ref: { namespace?: string; name: string },
      call?: CallOptions,
    ) => (await callApi(context, { method: 'GET', path: objectPath(type, ref) }, call)) as T,
    list: (type, query, call) => listAll(context, type, query ?? {}, call ?? {}),
    create: async <T extends KubeObject>(type: ResourceType, object: T, call?: CallOptions) =>
      (await callApi(
        context,
        { method: 'POST', path: collectionPath(type, object.metadata.namespace), body: object },
        call,
      )) as T,
    replace: async <T extends KubeObject>(
      type: ResourceType,
      object: T,
      call?: CallOptions & { readonly subresource?: Subresource },
    ) =>
      (await callApi(
        context,
        { method: 'PUT', path: objectPath(type, object.metadata, call?.subresource), body: object },
        call,
      )) as T,
    patch: async <T extends KubeObject>(
      type: ResourceType,
      ref: { namespace?: string; name: string },
      patch: Patch,
      call?: CallOptions & { readonly subresource?: Subresource },
    ) => (await callApi(context, patchRequest(objectPath(type, ref, call?.subresource), patch), call)) as T,
    delete: async (type, ref, call) => {
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: call?.propagationPolicy,
        gracePeriodSeconds: call?.gracePeriodSeconds,
        ...(call?.uid === undefined ? {} : { preconditions: { uid: call.uid } }),
      };
      await callApi(context, { method: 'DELETE', path: objectPath(type, ref), body }, call);
    },
    getScale: (type, ref, call) => callScale(context, 'GET', objectPath(type, ref, 'scale'), undefined, call),
    replaceScale: (type, scale, call) =>
      callScale(context, 'PUT', objectPath(type, scale.metadata, 'scale'), scale, call),
    getJson: (path, call) => callApi(context, { method: 'GET', path }, call),
  };
}

/** Fills in what the options leave out. */
export function callContext(options: KubeClientOptions): CallContext {
  return {
    transport: options.transport,
    ioClock: options.ioClock,
    log: options.log ?? SILENT_LOG,
    userAgent: options.userAgent,
    random: options.random ?? Math.random,
    deadlineMs: options.deadlineMs ?? CALL_DEADLINE_MS,
    jsonParser: options.jsonParser ?? INLINE_JSON_PARSER,
    onAnswer: options.onAnswer ?? (() => {}),
  };
}

/**
 * Upstream's scale client belongs to no group, so its errors name the resource alone: `(get deployments web)`. What it
 * cannot convert is a failure even when the request was a success.
 */
async function callScale(
  context: CallContext,
  method: 'GET' | 'PUT',
  path: string,
  body: Scale | undefined,
  call?: CallOptions,
): Promise<Scale> {
  const subject = { ...subjectOfPath(method, path), group: '' };
  const scale = (await callApi(
    context,
    { method, path, subject, ...(body === undefined ? {} : { body }) },
    call,
  )) as Scale;
  if (scale.status?.selector === undefined) return scale;
  const selector = convertScaleSelector(scale.status.selector);
  if (selector.kind === 'invalid') throw new Failure('invalid', selector.message);
  return { ...scale, status: { ...scale.status, selector: selector.text } };
}

function patchRequest(path: string, patch: Patch): Parameters<typeof callApi>[1] {
  const parameters = patch.kind === 'apply' ? { fieldManager: patch.fieldManager, force: patch.isForced } : {};
  return {
    method: 'PATCH',
    path: withQuery(path, parameters),
    body: patch.body,
    contentType: PATCH_CONTENT_TYPES[patch.kind],
  };
}

/** JSON is YAML too, which is all that server-side apply asks for. */
const PATCH_CONTENT_TYPES: Readonly<Record<Patch['kind'], string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};
