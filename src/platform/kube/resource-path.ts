import type { ListQuery, ObjectRef, ResourceType, Subresource } from './client.ts';

/** `/apis/apps/v1/namespaces/shop/deployments`, or `/api/v1/pods` for all namespaces and cluster-scoped types. */
export function collectionPath(type: ResourceType, namespace: string | null | undefined): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = type.isNamespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${type.resource}`;
}

/** The path of one object or of its subresource. */
export function objectPath(type: ResourceType, ref: ObjectRef, subresource?: Subresource): string {
  const suffix = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(type, ref.namespace)}/${encodeURIComponent(ref.name)}${suffix}`;
}

/** Appends the parameters that have a value, percent-encoded, in the order given. */
export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') pairs.push(`${name}=${encodeURIComponent(value)}`);
  }
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/** The parameters of a list or watch that select objects. */
export function selectionParameters(
  query: Pick<ListQuery, 'labelSelector' | 'fieldSelector'>,
): Record<string, string | undefined> {
  return { labelSelector: query.labelSelector, fieldSelector: query.fieldSelector };
}
