import { DELIVERY_TOKEN_HEADER } from '../../base/clock.ts';
import { API_SERVER_WATCH_BACKLOG_EVENTS_MAX } from '../../base/limits.ts';
import { objectAnswer } from './answer.ts';
import { ALL_VERBS, groupVersion } from './kind.ts';
import { listPage } from './list.ts';
import { parseListOptions } from './list-options.ts';
import type { ApiObject } from './object.ts';
import { answerForm, answerObject, deprecations, tableOptions } from './object-answer.ts';
import { listItemOf, viewOf } from './object-view.ts';
import { patchResource } from './patch-handler.ts';
import { readPatch } from './patching.ts';
import { expectedBody } from './request-body.ts';
import type { ResourceRequest } from './resource-request.ts';
import { readObject } from './resource-request.ts';
import { SCALE_COLUMNS, scaleOf } from './scale.ts';
import { handleScaleWrite } from './scale-handler.ts';
import { methodNotAllowed, unknownResource } from './status.ts';
import { columnsOf, parseIncludeObject, partialObject, renderTable } from './table.ts';
import { openWatch } from './watch.ts';
import { createWatchEncoder } from './watch-encoder.ts';
import { handleCreate, handleDelete, handleDeleteCollection, handleUpdate } from './write-handler.ts';

/** Upstream's about once a minute. */
const BOOKMARK_PERIOD_MS = 60_000;

/** Answers a request about objects of a kind, their status or their scale. Throws Statuses. */
export function handleResource(request: ResourceRequest): Response {
  const { target, served } = request;
  if (target.subresource === 'scale') return handleScale(request);
  if (target.subresource !== null && !(target.subresource === 'status' && served.kind.hasStatus === true)) {
    throw unknownResource();
  }
  checkVerb(request);
  switch (target.verb) {
    case 'get':
      return answerObject(request, readObject(request), 200);
    case 'list':
      return handleList(request);
    case 'watch':
      return handleWatch(request);
    case 'create':
      return handleCreate(request);
    case 'update':
      return handleUpdate(request);
    case 'patch':
      return patchResource(request, readPatch(request.body, request.headers.get('content-type'), expectedBody(served)));
    case 'delete':
      return handleDelete(request);
    case 'deletecollection':
      return handleDeleteCollection(request);
    default:
      throw methodNotAllowed();
  }
}

function checkVerb({ target, served, namespace }: ResourceRequest): void {
  const verbs: readonly string[] = served.kind.verbs ?? ALL_VERBS;
  const isOfObject = target.name !== null;
  const isOnObject = ['get', 'update', 'patch', 'delete'].includes(target.verb);
  if (isOfObject !== isOnObject || !verbs.includes(target.verb)) throw methodNotAllowed();
  if (served.kind.isNamespaced && namespace === null && target.verb === 'create') {
    throw methodNotAllowed();
  }
}

function handleList(request: ResourceRequest): Response {
  const { state, served, namespace, query } = request;
  const form = answerForm(request);
  const page = listPage(state.store, served, namespace, parseListOptions(query, served.kind, false));
  const metadata = {
    resourceVersion: page.resourceVersion,
    ...(page.continueToken === '' ? {} : { continue: page.continueToken }),
    ...(page.remainingItemCount === null ? {} : { remainingItemCount: page.remainingItemCount }),
  };
  const warnings = deprecations(request);
  if (form === 'table') {
    const views = page.items.map((item) => viewOf(served, item));
    const table = renderTable(columnsOf(served.version), views, metadata, tableOptions(request));
    return objectAnswer(table, form, { warnings });
  }
  if (form === 'partialObject') {
    const items = page.items.map((item) => partialObject(viewOf(served, item).metadata));
    const list = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
    return objectAnswer(list, form, { warnings });
  }
  return objectAnswer(
    {
      kind: `${served.kind.kind}List`,
      apiVersion: groupVersion(served.kind.group, served.version.name),
      // Upstream's lists of custom resources name the token even when there is none.
      metadata: served.version.schema === null ? { continue: '', ...metadata } : metadata,
      items: page.items.map((item) => listItemOf(served, item)),
    },
    form,
    { warnings },
  );
}

function handleWatch(request: ResourceRequest): Response {
  const { state, served, namespace, query, ioClock, ledger, headers, signal } = request;
  const token = headers.get(DELIVERY_TOKEN_HEADER);
  const form = answerForm(request);
  const stream = openWatch({
    store: state.store,
    served,
    namespace,
    options: parseListOptions(query, served.kind, true),
    encoder: createWatchEncoder(served, form, form === 'table' ? parseIncludeObject(query) : 'Metadata', state.clock),
    ioClock,
    signal,
    delivery: ledger === null || token === null ? null : { ledger, token },
    backlogMax: API_SERVER_WATCH_BACKLOG_EVENTS_MAX,
    bookmarkPeriodMs: BOOKMARK_PERIOD_MS,
  });
  return new Response(stream, {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
  });
}

function handleScale(request: ResourceRequest): Response {
  const { served, target } = request;
  const { scale } = served.kind;
  if (scale === undefined) throw unknownResource();
  if (target.verb === 'get') return answerScale(request, scaleOf(scale, readObject(request)));
  if (target.verb !== 'update' && target.verb !== 'patch') throw methodNotAllowed();
  return answerScale(request, handleScaleWrite(request, scale));
}

function answerScale(request: ResourceRequest, scale: ApiObject): Response {
  const form = answerForm(request);
  if (form !== 'table') return objectAnswer(scale, form);
  const { resourceVersion } = scale.metadata;
  const { include, nowMs } = tableOptions(request);
  return objectAnswer(
    renderTable(SCALE_COLUMNS, [scale], resourceVersion === undefined ? {} : { resourceVersion }, { include, nowMs }),
    form,
  );
}
