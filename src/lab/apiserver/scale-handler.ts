import type { ScaleSubresource } from './kind.ts';
import type { ApiObject } from './object.ts';
import { storedOf, viewOf } from './object-view.ts';
import { updateObject } from './object-writer.ts';
import { patchObject, readPatch } from './patching.ts';
import { decodeBody, strictDecodingError } from './request-body.ts';
import type { ResourceRequest } from './resource-request.ts';
import { checkName, fieldManagerOf, fieldValidationOf, isDryRun, readObject } from './resource-request.ts';
import { SCALE_BODY, scaleOf, withScale } from './scale.ts';
import { unsupportedMediaType } from './status.ts';

/** Writes the count of a Scale, by PUT or PATCH, and returns the Scale as it is then. Throws Statuses. */
export function handleScaleWrite(request: ResourceRequest, scale: ScaleSubresource): ApiObject {
  const { state, served, namespace, target, user, headers, body } = request;
  const name = target.name ?? '';
  const validation = fieldValidationOf(request);
  const contentType = headers.get('content-type');
  const before = readObject(request);
  let sent: ApiObject;
  if (target.verb === 'update') {
    const decoded = decodeBody(body, contentType, SCALE_BODY, state.book, validation);
    if (validation === 'Strict' && decoded.problems.length > 0) throw strictDecodingError(SCALE_BODY, decoded.problems);
    sent = decoded.object;
  } else {
    const patch = readPatch(body, contentType, SCALE_BODY);
    if (patch.type === 'apply') throw unsupportedMediaType(null);
    sent = patchObject(scaleOf(scale, before), patch, SCALE_BODY, state.book, validation).object;
  }
  checkName(sent, name, namespace);
  const result = updateObject(
    state,
    served,
    namespace,
    name,
    // Paths of a scale are those of the stored version.
    (view) => viewOf(served, withScale(served.kind, scale, storedOf(served, view), sent)),
    { userName: user.name, isDryRun: isDryRun(request), subresource: null },
  );
  if (!isDryRun(request)) {
    request.ownership.recordWrite(served, before, result.object, fieldManagerOf(request));
    request.garbage.settle();
  }
  return scaleOf(scale, result.object);
}
