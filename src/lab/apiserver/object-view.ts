import { groupVersion } from './kind.ts';
import type { ServedKind } from './kind-registry.ts';
import type { ApiObject } from './object.ts';

/** A stored object as the version of a request shows it. */
export function viewOf({ kind, version }: ServedKind, stored: ApiObject): ApiObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = version.fromStored?.(stored) ?? stored;
  return { kind: kind.kind, apiVersion: groupVersion(kind.group, version.name), metadata, ...rest };
}

/** An object of a request's version in the form that is stored. */
export function storedOf({ kind, version }: ServedKind, view: ApiObject): ApiObject {
  const converted = version.toStored?.(view) ?? view;
  return { ...converted, kind: kind.kind, apiVersion: groupVersion(kind.group, kind.storedVersion) };
}

/** An item of a list: upstream's typed lists leave out what the list's own kind says. */
export function listItemOf(served: ServedKind, stored: ApiObject): unknown {
  const view = viewOf(served, stored);
  if (served.version.schema === null) return view;
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = view;
  return rest;
}
