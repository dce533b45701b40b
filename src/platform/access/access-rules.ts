/** A rule of a Role or ClusterRole, as `rbac.authorization.k8s.io/v1` has it. */
export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Any name when absent. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * What a Role in the Secret's namespace must grant for replicas to share a serving certificate. Creation cannot be bound
 * to a name.
 */
export function servingSecretRules(name: string): readonly AccessRule[] {
  return [
    { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['get', 'update'] },
  ];
}

/** What a ClusterRole must grant for the authority in our own APIServices to be kept right. */
export function apiServiceRules(names: readonly string[]): readonly AccessRule[] {
  return [
    {
      apiGroups: ['apiregistration.k8s.io'],
      resources: ['apiservices'],
      resourceNames: names,
      verbs: ['get', 'list', 'watch', 'patch'],
    },
  ];
}

/** The rules as a manifest has them, in one line: JSON is YAML too. */
export function ruleText(rules: readonly AccessRule[]): string {
  return `rules: ${JSON.stringify(rules)}`;
}
