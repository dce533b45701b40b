import type { DeliveryLedger, IoClock } from '../../base/clock.ts';
import { DELIVERY_TOKEN_HEADER } from '../../base/clock.ts';
import { API_SERVER_WATCH_BACKLOG_EVENTS_MAX } from '../../base/limits.ts';
import { objectAnswer } from './answer.ts';
import type { ApiState } from './api-state.ts';
import type { User } from './authentication.ts';
import { deleteObject, parseDeleteOptions } from './deletion.ts';
import type { FieldOwnership } from './field-ownership.ts';
import type { GarbageCollector } from './garbage.ts';
import { ALL_VERBS, groupVersion } from './kind.ts';
import type { ServedKind } from './kind-registry.ts';
import { storeResource } from './kind-registry.ts';
import { listPage } from './list.ts';
import { parseListOptions } from './list-options.ts';
import type { AnswerForm } from './negotiation.ts';
import { negotiateAnswer } from './negotiation.ts';
import type { ApiObject } from './object.ts';
import { listItemOf, viewOf } from './object-view.ts';
import { createObject, updateObject } from './object-writer.ts';
import { patchResource } from './patch-handler.ts';
import { readPatch } from './patching.ts';
import type { FieldValidation } from './request-body.ts';
import { decodeBody, expectedBody, strictDecodingError } from './request-body.ts';
import type { ResourceTarget } from './request-path.ts';
import { SCALE_COLUMNS, scaleOf } from './scale.ts';
import { handleScaleWrite } from './scale-handler.ts';
import { badRequest, methodNotAllowed, notFound, unknownResource } from './status.ts';
import { columnsOf, parseIncludeObject, partialObject, renderTable } from './table.ts';
import { openWatch } from './watch.ts';
import { createWatchEncoder } from './watch-encoder.ts';

/** A request about stored objects, with all that is known of it. */
export interface ResourceRequest {
  readonly state: ApiState;
  readonly garbage: GarbageCollector;
  readonly ownership: FieldOwnership;
  readonly ioClock: IoClock;
  readonly ledger: DeliveryLedger | null;
  readonly served: ServedKind;
  readonly target: ResourceTarget;
  /** Null for cluster-scoped kinds and for all namespaces. */
  readonly namespace: string | null;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly user: User;
  readonly signal: AbortSignal;
}

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
    throw badRequest('an empty namespace may not be set during creation');
  }
}

/** The stored object that the path names. Throws a 404 Status. */
export function readObject({ state, served, namespace, target }: ResourceRequest): ApiObject {
  const name = target.name ?? '';
  const object = state.store.get(storeResource(served.kind), namespace ?? '', name);
  if (object === undefined) throw notFound(served.kind, name);
  return object;
}

/** The form of an answer about objects. Throws a 406 Status. */
export function answerForm(request: ResourceRequest): AnswerForm {
  return negotiateAnswer(request.headers.get('accept'), { table: true });
}

/** An object in the form that the client asked for. */
export function answerObject(
  request: ResourceRequest,
  stored: ApiObject,
  code: number,
  warnings: readonly string[] = [],
): Response {
  const form = answerForm(request);
  const view = viewOf(request.served, stored);
  const all = [...deprecations(request), ...warnings];
  if (form === 'partialObject') return objectAnswer(partialObject(view.metadata), form, { code, warnings: all });
  if (form !== 'table') return objectAnswer(view, form, { code, warnings: all });
  const { resourceVersion } = view.metadata;
  const table = renderTable(
    columnsOf(request.served.version),
    [view],
    resourceVersion === undefined ? {} : { resourceVersion },
    tableOptions(request),
  );
  return objectAnswer(table, form, { code, warnings: all });
}

function deprecations({ served }: ResourceRequest): readonly string[] {
  const { deprecationWarning } = served.version;
  return deprecationWarning === undefined ? [] : [deprecationWarning];
}

function tableOptions(request: ResourceRequest) {
  return {
    include: parseIncludeObject(request.query),
    nowMs: request.state.clock.nowMs(),
    ...(request.served.version.hasNullRowsWhenEmpty === true ? { hasNullRowsWhenEmpty: true } : {}),
  };
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
      metadata,
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

/** Reads `fieldValidation`; Warn when absent, as upstream. Throws a 422-like 400 for another value. */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (value === '' || value === 'Warn') return 'Warn';
  if (value === 'Strict' || value === 'Ignore') return value;
  throw badRequest(
    `fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Warn", "Strict"`,
  );
}

/** Reads `dryRun`. Throws a 400 Status for anything but `All`. */
export function isDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '');
  if (values.some((value) => value !== 'All')) {
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(values[0])}: supported values: "All"`);
  }
  return values.length > 0;
}

/** Who owns the fields of a write: the parameter, else the program's name. */
export function fieldManagerOf({ query, headers }: ResourceRequest): string {
  return query.get('fieldManager') ?? (headers.get('user-agent') ?? 'unknown').split('/')[0] ?? 'unknown';
}

/** The object of a body, and the warnings about it. Throws the Statuses of a body that is none. */
function readBody(request: ResourceRequest): { readonly object: ApiObject; readonly warnings: readonly string[] } {
  const expected = expectedBody(request.served);
  const validation = fieldValidationOf(request.query);
  const contentType = request.headers.get('content-type');
  const { object, problems } = decodeBody(request.body, contentType, expected, request.state.book, validation);
  if (validation === 'Strict' && problems.length > 0) throw strictDecodingError(expected, problems);
  return { object, warnings: problems };
}

function handleCreate(request: ResourceRequest): Response {
  const { state, served, namespace, user, query } = request;
  const body = readBody(request);
  const result = createObject(state, served, namespace, body.object, {
    userName: user.name,
    isDryRun: isDryRun(query),
  });
  if (!isDryRun(query)) {
    request.ownership.recordWrite(served, null, result.object, fieldManagerOf(request));
    request.garbage.settle();
  }
  return answerObject(request, result.object, 201, [...body.warnings, ...result.warnings]);
}

function handleUpdate(request: ResourceRequest): Response {
  const { state, served, namespace, target, user, query } = request;
  const body = readBody(request);
  const name = target.name ?? '';
  checkName(body.object, name, namespace);
  const before = state.store.get(storeResource(served.kind), namespace ?? '', name) ?? null;
  const result = updateObject(state, served, namespace, name, () => body.object, {
    userName: user.name,
    isDryRun: isDryRun(query),
    subresource: target.subresource === 'status' ? 'status' : null,
  });
  if (!isDryRun(query)) {
    request.ownership.recordWrite(served, before, result.object, fieldManagerOf(request));
    request.garbage.settle();
  }
  return answerObject(request, result.object, 200, [...body.warnings, ...result.warnings]);
}

/** Throws a 400 Status when an object is sent to another object's path. */
export function checkName(object: ApiObject, name: string, namespace: string | null): void {
  const sent = object.metadata;
  if (sent.name !== name) {
    throw badRequest(`the name of the object (${sent.name}) does not match the name on the URL (${name})`);
  }
  if (namespace !== null && (sent.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

function handleDelete(request: ResourceRequest): Response {
  const { state, served, namespace, target, query } = request;
  const options = parseDeleteOptions(readDeleteBody(request), query);
  const result = deleteObject(state, served, namespace, target.name ?? '', options);
  if (!options.isDryRun) request.garbage.settle();
  return objectAnswer(result.outcome === 'gone' ? result.status : result.object, answerForm(request));
}

function handleDeleteCollection(request: ResourceRequest): Response {
  const { state, served, namespace, query } = request;
  const options = parseDeleteOptions(readDeleteBody(request), query);
  const page = listPage(state.store, served, namespace, parseListOptions(query, served.kind, false));
  for (const item of page.items) {
    deleteObject(state, served, item.metadata.namespace ?? null, item.metadata.name, options);
  }
  if (!options.isDryRun) request.garbage.settle();
  return objectAnswer(
    {
      kind: `${served.kind.kind}List`,
      apiVersion: groupVersion(served.kind.group, served.version.name),
      metadata: { resourceVersion: page.resourceVersion },
      items: page.items.map((item) => listItemOf(served, item)),
    },
    answerForm(request),
  );
}

function readDeleteBody({ body, headers, state }: ResourceRequest): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  const expected = {
    group: '',
    version: 'v1',
    kind: 'DeleteOptions',
    schema: 'meta.v1.DeleteOptions',
    isProtobufAccepted: true,
  };
  // Clients name DeleteOptions by the group of what they delete, or by nothing at all.
  return decodeBody(withoutType(body, headers), headers.get('content-type'), expected, state.book, 'Ignore').object;
}

function withoutType(body: Uint8Array, headers: Headers): Uint8Array {
  if (!/json|^$/.test(headers.get('content-type') ?? '')) return body;
  try {
    const { apiVersion: _apiVersion, ...rest } = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
    return new TextEncoder().encode(JSON.stringify(rest));
  } catch {
    return body;
  }
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
