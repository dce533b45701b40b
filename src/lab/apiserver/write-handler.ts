import { objectAnswer } from './answer.ts';
import { deleteObject, parseDeleteOptions } from './deletion.ts';
import { groupVersion } from './kind.ts';
import { storeResource } from './kind-registry.ts';
import { listPage } from './list.ts';
import { parseListOptions } from './list-options.ts';
import type { ApiObject } from './object.ts';
import { answerForm, answerObject } from './object-answer.ts';
import { listItemOf } from './object-view.ts';
import { createObject, updateObject } from './object-writer.ts';
import { decodeBody, expectedBody, strictDecodingError } from './request-body.ts';
import type { ResourceRequest } from './resource-request.ts';
import { checkName, fieldManagerOf, fieldValidationOf, isDryRun } from './resource-request.ts';

/** The object of a body, and the warnings about it. Throws the Statuses of a body that is none. */
function readBody(request: ResourceRequest): { readonly object: ApiObject; readonly warnings: readonly string[] } {
  const expected = expectedBody(request.served);
  const validation = fieldValidationOf(request);
  const contentType = request.headers.get('content-type');
  const { object, problems } = decodeBody(request.body, contentType, expected, request.state.book, validation);
  if (validation === 'Strict' && problems.length > 0) throw strictDecodingError(expected, problems);
  return { object, warnings: problems };
}

/** Answers a POST. Throws Statuses. */
export function handleCreate(request: ResourceRequest): Response {
  const { state, served, namespace, user } = request;
  const body = readBody(request);
  const result = createObject(state, served, namespace, body.object, {
    userName: user.name,
    isDryRun: isDryRun(request),
  });
  if (!isDryRun(request)) {
    request.ownership.recordWrite(served, null, result.object, fieldManagerOf(request));
    request.garbage.settle();
  }
  return answerObject(request, result.object, 201, [...body.warnings, ...result.warnings]);
}

/** Answers a PUT of an object or of its status. Throws Statuses. */
export function handleUpdate(request: ResourceRequest): Response {
  const { state, served, namespace, target, user } = request;
  const body = readBody(request);
  const name = target.name ?? '';
  checkName(body.object, name, namespace);
  const before = state.store.get(storeResource(served.kind), namespace ?? '', name) ?? null;
  const result = updateObject(state, served, namespace, name, () => body.object, {
    userName: user.name,
    isDryRun: isDryRun(request),
    subresource: target.subresource === 'status' ? 'status' : null,
  });
  if (!isDryRun(request)) {
    request.ownership.recordWrite(served, before, result.object, fieldManagerOf(request));
    request.garbage.settle();
  }
  return answerObject(request, result.object, 200, [...body.warnings, ...result.warnings]);
}

/** Answers the DELETE of an object. Throws Statuses. */
export function handleDelete(request: ResourceRequest): Response {
  const { state, served, namespace, target, query } = request;
  const options = parseDeleteOptions(readDeleteBody(request), query);
  const result = deleteObject(state, served, namespace, target.name ?? '', options);
  if (!options.isDryRun) request.garbage.settle();
  return objectAnswer(result.outcome === 'gone' ? result.status : result.object, answerForm(request));
}

/** Answers the DELETE of a collection: the list of what it was. Throws Statuses. */
export function handleDeleteCollection(request: ResourceRequest): Response {
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
