import type { User } from './authentication.ts';
import { ADMINISTRATORS_GROUP, AUTHENTICATED_GROUP } from './authentication.ts';
import { storeResource } from './kind-registry.ts';
import type { ApiObject } from './object.ts';
import type { Store } from './store.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';

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

/** A rule, and by what it holds for somebody: `ClusterRoleBinding "view" of ClusterRole "view" to User "alice"`. */
interface GrantedRule {
  readonly rule: PolicyRule;
  readonly source: string;
}

const PUBLIC_PATHS = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const DISCOVERY_PATHS = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'];

/** What upstream's default bindings give to everybody who is somebody. */
const EVERYBODYS_RULES: readonly GrantedRule[] = [
  granted('system:basic-user', {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  }),
  granted('system:basic-user', {
    verbs: ['create'],
    apiGroups: ['authentication.k8s.io'],
    resources: ['selfsubjectreviews'],
  }),
  granted('system:discovery', { verbs: ['get'], nonResourceURLs: [...DISCOVERY_PATHS, ...PUBLIC_PATHS] }),
];

function granted(role: string, rule: PolicyRule): GrantedRule {
  const source = `ClusterRoleBinding "${role}" of ClusterRole "${role}" to Group "${AUTHENTICATED_GROUP}"`;
  return { rule, source };
}

/** What the authorizers say of a request, as an access review tells it. */
export interface AccessDecision {
  readonly isAllowed: boolean;
  /** Upstream's words; empty when there is nothing to say. */
  readonly reason: string;
}

/** Whether RBAC's stored objects allow a request: administrators may do everything, others what is bound to them. */
export function isAllowed(store: Store, user: User, request: AccessRequest): boolean {
  return decideAccess(store, user, request).isAllowed;
}

/** The same with the binding that allows it, or the roles that are missing. */
export function decideAccess(store: Store, user: User, request: AccessRequest): AccessDecision {
  if (user.groups.includes(ADMINISTRATORS_GROUP)) return { isAllowed: true, reason: '' };
  const { rules, missing } = grantsOf(store, user, request.isResource ? request.namespace : '');
  const found = rules.find(({ rule }) => covers(rule, request));
  if (found !== undefined) return { isAllowed: true, reason: `RBAC: allowed by ${found.source}` };
  const texts = missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`;
  return { isAllowed: false, reason: missing.length === 0 ? '' : `RBAC: ${texts}` };
}

/** Every rule that is bound to a user, in one namespace and in all. */
export function rulesFor(store: Store, user: User, namespace: string): readonly PolicyRule[] {
  if (user.groups.includes(ADMINISTRATORS_GROUP)) {
    return [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ];
  }
  return grantsOf(store, user, namespace).rules.map(({ rule }) => rule);
}

interface Grants {
  readonly rules: readonly GrantedRule[];
  /** Roles that are bound to the user and are not there. */
  readonly missing: readonly string[];
}

function grantsOf(store: Store, user: User, namespace: string): Grants {
  const bindings = [
    ...list(store, 'clusterrolebindings', null),
    ...(namespace === '' ? [] : list(store, 'rolebindings', namespace)),
  ];
  const rules: GrantedRule[] = user.groups.includes(AUTHENTICATED_GROUP) ? [...EVERYBODYS_RULES] : [];
  const missing: string[] = [];
  for (const binding of bindings) {
    const subject = subjectOf(binding, user);
    if (subject === undefined) continue;
    const role = (binding['roleRef'] ?? {}) as RoleRef;
    const found = findRole(store, binding, role);
    if (found === undefined) {
      missing.push(`${(role.kind ?? '').toLowerCase()}.${RBAC_GROUP} ${JSON.stringify(role.name ?? '')} not found`);
      continue;
    }
    const source = `${bindingText(binding)} of ${role.kind} "${role.name}" to ${subjectText(binding, subject)}`;
    rules.push(...((found['rules'] ?? []) as readonly PolicyRule[]).map((rule) => ({ rule, source })));
  }
  return { rules, missing };
}

function bindingText({ metadata }: ApiObject): string {
  return metadata.namespace === undefined
    ? `ClusterRoleBinding "${metadata.name}"`
    : `RoleBinding "${metadata.name}/${metadata.namespace}"`;
}

function subjectText({ metadata }: ApiObject, { kind, name, namespace }: Subject): string {
  if (kind !== 'ServiceAccount') return `${kind} "${name}"`;
  return `${kind} "${name}/${namespace ?? metadata.namespace ?? ''}"`;
}

function list(store: Store, plural: string, namespace: string | null): readonly ApiObject[] {
  return store.list(storeResource({ group: RBAC_GROUP, plural }), namespace);
}

interface Subject {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

interface RoleRef {
  readonly kind?: string;
  readonly name?: string;
}

/** The first subject of a binding that is the user or one of its groups. */
function subjectOf(binding: ApiObject, user: User): Subject | undefined {
  const subjects = (binding['subjects'] ?? []) as readonly Subject[];
  return subjects.find((subject) => {
    if (subject.kind === 'User') return subject.name === user.name;
    if (subject.kind === 'Group') return user.groups.includes(subject.name ?? '');
    const namespace = subject.namespace ?? binding.metadata.namespace ?? '';
    return subject.kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace}:${subject.name}`;
  });
}

function findRole(store: Store, binding: ApiObject, role: RoleRef): ApiObject | undefined {
  const isNamespaced = role.kind === 'Role';
  const plural = isNamespaced ? 'roles' : 'clusterroles';
  const namespace = isNamespaced ? (binding.metadata.namespace ?? '') : '';
  return store.get(storeResource({ group: RBAC_GROUP, plural }), namespace, role.name ?? '');
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
