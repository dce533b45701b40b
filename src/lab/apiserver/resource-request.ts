import type { DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { ApiState } from './api-state.ts';
import type { User } from './authentication.ts';
import type { FieldOwnership } from './field-ownership.ts';
import type { GarbageCollector } from './garbage.ts';
import type { ServedKind } from './kind-registry.ts';
import { storeResource } from './kind-registry.ts';
import type { ApiObject } from './object.ts';
import type { FieldValidation } from './request-body.ts';
import type { ResourceTarget } from './request-path.ts';
import { badRequest, invalid, notFound } from './status.ts';

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

/** The stored object that the path names. Throws a 404 Status. */
export function readObject({ state, served, namespace, target }: ResourceRequest): ApiObject {
  const name = target.name ?? '';
  const object = state.store.get(storeResource(served.kind), namespace ?? '', name);
  if (object === undefined) throw notFound(served.kind, name);
  return object;
}

/** Reads `fieldValidation`; Warn when absent, as upstream. Throws a 422 Status for another value. */
export function fieldValidationOf({ query, target }: ResourceRequest): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (value === '' || value === 'Warn') return 'Warn';
  if (value === 'Strict' || value === 'Ignore') return value;
  throw invalidOption(
    target,
    'fieldValidation',
    `${JSON.stringify(value)}: supported values: "", "Ignore", "Strict", "Warn"`,
  );
}

/** Reads `dryRun`. Throws a 422 Status for anything but `All`. */
export function isDryRun({ query, target }: ResourceRequest): boolean {
  const values = query.getAll('dryRun').filter((value) => value !== '');
  if (values.some((value) => value !== 'All')) {
    throw invalidOption(target, 'dryRun', `${JSON.stringify(values)}: supported values: "All"`);
  }
  return values.length > 0;
}

const OPTIONS_KINDS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

function invalidOption(target: ResourceTarget, field: string, why: string): Error {
  const kind = OPTIONS_KINDS[target.verb] ?? 'DeleteOptions';
  return invalid({ group: 'meta.k8s.io', kind }, '', [
    { reason: 'FieldValueNotSupported', field, message: `Unsupported value: ${why}` },
  ]);
}

/** Who owns the fields of a write: the parameter, else the program's name. */
export function fieldManagerOf({ query, headers }: ResourceRequest): string {
  return query.get('fieldManager') ?? (headers.get('user-agent') ?? 'unknown').split('/')[0] ?? 'unknown';
}

/** Throws a 400 Status when an object is sent to another object's path. */
export function checkName(object: ApiObject, name: string, namespace: string | null): void {
  const sent = object.metadata;
  if (sent.name === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (sent.name !== name) {
    throw badRequest(`the name of the object (${sent.name}) does not match the name on the URL (${name})`);
  }
  if (namespace !== null && (sent.namespace ?? namespace) !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}
