import type { User } from './authentication.ts';
import { ADMINISTRATORS_GROUP } from './authentication.ts';
import { storeResource } from './kind-registry.ts';
import type { ApiObject } from './object.ts';
import type { Store } from './store.ts';

/** What somebody wants to do, as RBAC sees it. */
export type AccessRequest =
  | {
      readonly isResource: true;
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      /** Empty for cluster scope and all namespaces. */
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly isResource: false; readonly verb: string; readonly path: string };

/** A rule of a Role or ClusterRole. */
export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** What upstream's default bindings give to everybody who is somebody. */
const EVERYBODYS_RULES: readonly PolicyRule[] = [
  {
    verbs: ['get'],
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
  },
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
];

/** Whether RBAC's stored objects allow a request: administrators may do everything, others what is bound to them. */
export function isAllowed(store: Store, user: User, request: AccessRequest): boolean {
  if (user.groups.includes(ADMINISTRATORS_GROUP)) return true;
  const namespace = request.isResource ? request.namespace : '';
  return rulesFor(store, user, namespace).some((rule) => covers(rule, request));
}

/** Every rule that is bound to a user, in one namespace and in all. */
export function rulesFor(store: Store, user: User, namespace: string): readonly PolicyRule[] {
  if (user.groups.includes(ADMINISTRATORS_GROUP)) {
    return [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ];
  }
  const bindings = [
    ...list(store, 'clusterrolebindings', null),
    ...(namespace === '' ? [] : list(store, 'rolebindings', namespace)),
  ];
  const bound = bindings.filter((binding) => isSubject(binding, user));
  return [...EVERYBODYS_RULES, ...bound.flatMap((binding) => rulesOfRole(store, binding))];
}

function list(store: Store, plural: string, namespace: string | null): readonly ApiObject[] {
  return store.list(storeResource({ group: 'rbac.authorization.k8s.io', plural }), namespace);
}

interface Subject {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

function isSubject(binding: ApiObject, user: User): boolean {
  const subjects = (binding['subjects'] ?? []) as readonly Subject[];
  return subjects.some((subject) => {
    if (subject.kind === 'User') return subject.name === user.name;
    if (subject.kind === 'Group') return user.groups.includes(subject.name ?? '');
    const namespace = subject.namespace ?? binding.metadata.namespace ?? '';
    return subject.kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace}:${subject.name}`;
  });
}

function rulesOfRole(store: Store, binding: ApiObject): readonly PolicyRule[] {
  const role = (binding['roleRef'] ?? {}) as { readonly kind?: string; readonly name?: string };
  const isNamespaced = role.kind === 'Role';
  const resource = storeResource({
    group: 'rbac.authorization.k8s.io',
    plural: isNamespaced ? 'roles' : 'clusterroles',
  });
  const found = store.get(resource, isNamespaced ? (binding.metadata.namespace ?? '') : '', role.name ?? '');
  return (found?.['rules'] ?? []) as readonly PolicyRule[];
}

function covers(rule: PolicyRule, request: AccessRequest): boolean {
  if (!hasOrAll(rule.verbs, request.verb)) return false;
  if (!request.isResource) return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, request.path));
  return (
    hasOrAll(rule.apiGroups, request.group) &&
    coversResource(rule.resources ?? [], request.resource, request.subresource) &&
    ((rule.resourceNames ?? []).length === 0 || (rule.resourceNames ?? []).includes(request.name))
  );
}

function hasOrAll(values: readonly string[] | undefined, wanted: string): boolean {
  return values?.some((value) => value === '*' || value === wanted) ?? false;
}

/** `*` is everything, `deployments/scale` one subresource, and a star before the slash that subresource of everything. */
function coversResource(resources: readonly string[], resource: string, subresource: string): boolean {
  const wanted = subresource === '' ? resource : `${resource}/${subresource}`;
  return resources.some(
    (each) => each === '*' || each === wanted || (subresource !== '' && each === `*/${subresource}`),
  );
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
}

/** Why a request is refused, in upstream's words, without the object that it is about. */
export function denialText(user: User, request: AccessRequest): string {
  if (!request.isResource)
    return `User ${JSON.stringify(user.name)} cannot ${request.verb} path ${JSON.stringify(request.path)}`;
  const resource = request.subresource === '' ? request.resource : `${request.resource}/${request.subresource}`;
  const scope =
    request.namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(request.namespace)}`;
  return `User ${JSON.stringify(user.name)} cannot ${request.verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(request.group)} ${scope}`;
}
