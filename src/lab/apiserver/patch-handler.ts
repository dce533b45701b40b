import { isDeepEqual } from './deep-equal.ts';
import type { OwnershipConflict } from './field-ownership.ts';
import type { FieldPath } from './field-path-set.ts';
import { ownablePaths, valueAtPath, withoutPath } from './field-path-set.ts';
import { storeResource } from './kind-registry.ts';
import { applyMergePatch } from './merge-patch.ts';
import type { ApiObject } from './object.ts';
import { answerObject } from './object-answer.ts';
import { createObject, updateObject } from './object-writer.ts';
import type { PatchBody } from './patching.ts';
import { patchObject } from './patching.ts';
import { expectedBody, splitGroupVersion, toObject } from './request-body.ts';
import type { ResourceRequest } from './resource-request.ts';
import { checkName, fieldManagerOf, fieldValidationOf, isDryRun } from './resource-request.ts';
import { badRequest, invalid, StatusError } from './status.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

/** Answers a PATCH of an object or of its status. Throws Statuses. */
export function patchResource(request: ResourceRequest, patch: PatchBody): Response {
  if (patch.type === 'apply') return applyResource(request, patch.value);
  const { state, served, namespace, target, user } = request;
  const name = target.name ?? '';
  const validation = fieldValidationOf(request);
  const expected = expectedBody(served);
  const before = state.store.get(storeResource(served.kind), namespace ?? '', name) ?? null;
  let problems: readonly string[] = [];
  const result = updateObject(
    state,
    served,
    namespace,
    name,
    (view) => {
      const patched = patchObject(view, patch, expected, state.book, validation);
      checkName(patched.object, name, namespace);
      problems = patched.problems;
      return patched.object;
    },
    {
      userName: user.name,
      isDryRun: isDryRun(request),
      subresource: target.subresource === 'status' ? 'status' : null,
    },
  );
  if (!isDryRun(request)) {
    request.ownership.recordWrite(served, before, result.object, fieldManagerOf(request));
    request.garbage.settle();
  }
  return answerObject(request, result.object, 200, [...problems, ...result.warnings]);
}

/** A server-side apply, read and checked. */
interface Application {
  readonly configuration: Record<string, unknown>;
  readonly manager: string;
  readonly isForced: boolean;
  readonly paths: readonly FieldPath[];
}

function applyResource(request: ResourceRequest, value: unknown): Response {
  const { state, served, namespace, target, user } = request;
  const application = readApplication(request, value);
  const name = target.name ?? '';
  const before = state.store.get(storeResource(served.kind), namespace ?? '', name);
  const options = { userName: user.name, isDryRun: isDryRun(request) };
  if (before === undefined) {
    const born = decodeApplied(request, application.configuration);
    const result = createObject(state, served, namespace, born, options);
    return finishApply(request, application, result.object, 201, result.warnings);
  }
  const result = updateObject(state, served, namespace, name, (view) => mergeApplication(request, application, view), {
    ...options,
    subresource: target.subresource === 'status' ? 'status' : null,
  });
  return finishApply(request, application, result.object, 200, result.warnings);
}

function finishApply(
  request: ResourceRequest,
  { manager, paths, isForced }: Application,
  stored: ApiObject,
  code: number,
  warnings: readonly string[],
): Response {
  if (!isDryRun(request)) {
    request.ownership.recordApply(request.served, stored, manager, paths, isForced);
    request.garbage.settle();
  }
  return answerObject(request, stored, code, warnings);
}

function readApplication(request: ResourceRequest, value: unknown): Application {
  const { served, query, target, namespace, state } = request;
  if (!isRecord(value)) throw badRequest('the applied configuration is no object');
  if (typeof value['apiVersion'] !== 'string' || typeof value['kind'] !== 'string') {
    const [group, version] = splitGroupVersion(String(value['apiVersion'] ?? ''));
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${String(value['kind'] ?? '')}`);
  }
  const manager = query.get('fieldManager') ?? '';
  if (manager === '') {
    throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      {
        reason: 'FieldValueRequired',
        field: 'fieldManager',
        message: 'Required value: is required for apply patch',
      },
    ]);
  }
  const metadata = isRecord(value['metadata']) ? value['metadata'] : {};
  if (metadata['managedFields'] !== undefined && metadata['managedFields'] !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const named = { ...value, metadata: { ...metadata, name: metadata['name'] ?? target.name } };
  checkDeclared(request, named);
  checkName(named as unknown as ApiObject, target.name ?? '', namespace);
  return {
    configuration: named,
    manager,
    isForced: query.get('force') === 'true',
    paths: ownablePaths(state.book, served.version.schema, named),
  };
}

/** Server-side apply never takes a field that the schema does not have, whatever `fieldValidation` says. */
function checkDeclared({ served, target, state }: ResourceRequest, configuration: Record<string, unknown>): void {
  const { problems } = toObject(configuration, expectedBody(served), state.book, 'Warn', []);
  const unknown = problems
    .map((problem) => /^unknown field "(.*)"$/.exec(problem)?.[1])
    .find((field) => field !== undefined);
  if (unknown === undefined) return;
  const { metadata = {} } = configuration as { readonly metadata?: { readonly namespace?: string } };
  const place = `${metadata.namespace ?? ''}/${target.name}`;
  const type = `${String(configuration['apiVersion'])}, Kind=${served.kind.kind}`;
  throw new StatusError(
    500,
    null,
    `failed to create typed patch object (${place}; ${type}): .${unknown}: field not declared in schema`,
  );
}

function mergeApplication(request: ResourceRequest, application: Application, view: ApiObject): ApiObject {
  const { ownership, served, state } = request;
  const uid = view.metadata.uid ?? '';
  const { manager, paths, configuration, isForced } = application;
  const abandoned = ownership.abandoned(uid, manager, paths);
  const base = abandoned.reduce<unknown>((object, path) => withoutPath(object, path), view);
  const merged =
    served.version.schema === null
      ? applyMergePatch(base, configuration)
      : applyStrategicMerge(state.book, served.version.schema, base, configuration);
  const next = decodeApplied(request, merged);
  if (!isForced) {
    const changed = paths.filter((path) => !isDeepEqual(valueAtPath(view, path), valueAtPath(next, path)));
    const conflicts = ownership.conflicts(uid, manager, changed);
    if (conflicts.length > 0) throw applyConflict(conflicts);
  }
  return next;
}

function decodeApplied({ served, state }: ResourceRequest, value: unknown): ApiObject {
  return toObject(value as Record<string, unknown>, expectedBody(served), state.book, 'Ignore', []).object;
}

function applyConflict(unsorted: readonly OwnershipConflict[]): StatusError {
  const conflicts = unsorted.toSorted(
    (left, right) => compare(left.manager, right.manager) || compare(left.path, right.path),
  );
  const causes = conflicts.map((conflict) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(conflict)}`,
    field: conflict.path,
  }));
  return new StatusError(409, 'Conflict', conflictText(conflicts), { details: { causes } });
}

function conflictText(conflicts: readonly OwnershipConflict[]): string {
  const [only] = conflicts;
  if (conflicts.length === 1 && only !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${managerText(only)}: ${only.path}`;
  }
  const byManager = Map.groupBy(conflicts, managerText);
  const lines = [...byManager]
    .sort()
    .flatMap(([manager, own]) => [`conflicts with ${manager}:`, ...own.map(({ path }) => `- ${path}`)]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function managerText({ manager, apiVersion }: OwnershipConflict): string {
  return apiVersion === null ? JSON.stringify(manager) : `${JSON.stringify(manager)} using ${apiVersion}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
