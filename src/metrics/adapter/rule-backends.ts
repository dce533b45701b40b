import type { AdapterConfig } from './config/adapter-config.ts';
import type { RuleProblem } from './rule.ts';

/**
 * What is to be said of the backends that rules name: that there are none of these names, which is a reason to refuse the rules;
 * where nobody knows which there are, that only Podtide knows the key.
 *
 * @param names of the backends file, empty where there is no such file; null where that is not known
 */
export function backendFindings(config: AdapterConfig, names: readonly string[] | null): readonly RuleProblem[] {
  const { rules, externalRules, resourceRules } = config;
  const measuring = resourceRules === null ? [] : [resourceRules.cpu, resourceRules.memory];
  return [...rules, ...externalRules, ...measuring].flatMap(({ path, prometheus: name }): readonly RuleProblem[] => {
    if (name === '' || names?.includes(name) === true) return [];
    const finding = names === null ? ({ code: 'BackendNamed', name } as const) : unknownBackend(name, names);
    return [{ finding, path: `${path}.prometheus` }];
  });
}

function unknownBackend(name: string, known: readonly string[]): RuleProblem['finding'] {
  return { code: 'BackendUnknown', name, known };
}
