import {
  type AdapterConfig,
  type DiscoveryRule,
  type LabelOverride,
  type ResourceMapping,
  type ResourceRule,
  type ResourceRules,
  type SeriesFilter,
  SUBSTITUTES,
  type Substitute,
} from './adapter-config.ts';
import { parsePrometheusDuration } from './prometheus-duration.ts';
import type { Fields, StrictDecoder, YamlValue } from './strict-decoder.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface MutableMapping extends Mutable<Omit<ResourceMapping, 'overrides'>> {
  overrides: Mutable<LabelOverride>[];
}

type MutableRule = Mutable<Omit<DiscoveryRule, 'resources' | 'name'>> & {
  resources: MutableMapping;
  name: Mutable<DiscoveryRule['name']>;
};

type MutableResourceRule = Mutable<Omit<ResourceRule, 'resources'>> & { resources: MutableMapping };

/** Fills a configuration from the contents of a document. What is wrong is with the decoder. */
export function decodeDocument(contents: YamlValue, decoder: StrictDecoder): Omit<AdapterConfig, 'places'> {
  const draft: Mutable<Omit<AdapterConfig, 'places'>> = { rules: [], externalRules: [], resourceRules: null };
  decoder.struct(contents, '', {
    rules: (value, path) => {
      draft.rules = decodeRules(value, path, decoder);
    },
    externalRules: (value, path) => {
      draft.externalRules = decodeRules(value, path, decoder);
    },
    resourceRules: (value, path) => {
      draft.resourceRules = decodeResourceRules(value, path, decoder);
    },
  });
  return draft;
}

function decodeRules(value: YamlValue, path: string, decoder: StrictDecoder): readonly DiscoveryRule[] {
  const rules: DiscoveryRule[] = [];
  decoder.list(value, path, (item, rulePath) => {
    const rule: MutableRule = {
      path: rulePath,
      seriesQuery: '',
      seriesFilters: [],
      resources: emptyMapping(),
      name: { matches: '', as: '' },
      metricsQuery: '',
      prometheus: '',
      nan: 'missing',
      absent: 'missing',
    };
    decoder.struct(item, rulePath, {
      seriesQuery: textField(rule, 'seriesQuery', decoder),
      seriesFilters: (filters, filtersPath) => {
        rule.seriesFilters = decodeFilters(filters, filtersPath, decoder);
      },
      resources: (resources, resourcesPath) => decodeMapping(resources, resourcesPath, rule.resources, decoder),
      name: (name, namePath) =>
        decoder.struct(name, namePath, {
          matches: textField(rule.name, 'matches', decoder),
          as: textField(rule.name, 'as', decoder),
        }),
      metricsQuery: textField(rule, 'metricsQuery', decoder),
      prometheus: textField(rule, 'prometheus', decoder),
      nan: substituteField(rule, 'nan', decoder),
      absent: substituteField(rule, 'absent', decoder),
    });
    rules.push(rule);
  });
  return rules;
}

/** A text is set where its key stands; a merge may have set it before. */
function textField<Key extends string>(target: Record<Key, string>, key: Key, decoder: StrictDecoder): Fields[string] {
  return (value, path) => {
    target[key] = decoder.text(value, path) ?? target[key];
  };
}

/** A word for what stands in the place of a number; the one that counts without the key where there is none. */
function substituteField<Key extends string>(
  target: Record<Key, Substitute>,
  key: Key,
  decoder: StrictDecoder,
): Fields[string] {
  return (value, path) => {
    const text = decoder.text(value, path);
    if (text === undefined || text === '' || decoder.isNothing(value)) return;
    const word = SUBSTITUTES.find((each) => each === text);
    if (word === undefined) decoder.problem({ code: 'UnknownWord', word: text, known: SUBSTITUTES }, path);
    else target[key] = word;
  };
}

function decodeFilters(value: YamlValue, path: string, decoder: StrictDecoder): readonly SeriesFilter[] {
  const filters: SeriesFilter[] = [];
  decoder.list(value, path, (item, filterPath) => {
    const filter = { is: '', isNot: '' };
    decoder.struct(item, filterPath, {
      is: textField(filter, 'is', decoder),
      isNot: textField(filter, 'isNot', decoder),
    });
    filters.push(filter);
  });
  return filters;
}

function emptyMapping(): MutableMapping {
  return { template: '', overrides: [], isNamespaced: null };
}

function decodeMapping(value: YamlValue, path: string, mapping: MutableMapping, decoder: StrictDecoder): void {
  decoder.struct(value, path, {
    template: textField(mapping, 'template', decoder),
    overrides: (overrides, overridesPath) => decodeOverrides(overrides, overridesPath, mapping, decoder),
    namespaced: (namespaced, namespacedPath) => {
      mapping.isNamespaced = decoder.boolean(namespaced, namespacedPath) ?? null;
    },
  });
}

function decodeOverrides(value: YamlValue, path: string, mapping: MutableMapping, decoder: StrictDecoder): void {
  const isTaken = (label: string): boolean => mapping.overrides.some((override) => override.label === label);
  decoder.map(value, path, isTaken, (label, item) => {
    const override = { label, group: '', resource: '' };
    decoder.struct(item, `${path}.${label}`, {
      group: textField(override, 'group', decoder),
      resource: textField(override, 'resource', decoder),
    });
    mapping.overrides.push(override);
  });
}

function decodeResourceRules(value: YamlValue, path: string, decoder: StrictDecoder): ResourceRules | null {
  if (decoder.isNothing(value)) return null;
  const rules = { cpu: emptyResourceRule(`${path}.cpu`), memory: emptyResourceRule(`${path}.memory`), windowMs: 0 };
  decoder.struct(value, path, {
    cpu: (rule, rulePath) => decodeResourceRule(rule, rulePath, rules.cpu, decoder),
    memory: (rule, rulePath) => decodeResourceRule(rule, rulePath, rules.memory, decoder),
    window: (window, windowPath) => {
      rules.windowMs = decodeWindow(window, windowPath, decoder);
    },
  });
  return rules;
}

function emptyResourceRule(path: string): MutableResourceRule {
  return { path, containerQuery: '', nodeQuery: '', resources: emptyMapping(), containerLabel: '', prometheus: '' };
}

function decodeResourceRule(value: YamlValue, path: string, rule: MutableResourceRule, decoder: StrictDecoder): void {
  decoder.struct(value, path, {
    containerQuery: textField(rule, 'containerQuery', decoder),
    nodeQuery: textField(rule, 'nodeQuery', decoder),
    resources: (resources, resourcesPath) => decodeMapping(resources, resourcesPath, rule.resources, decoder),
    containerLabel: textField(rule, 'containerLabel', decoder),
    prometheus: textField(rule, 'prometheus', decoder),
  });
}

function decodeWindow(value: YamlValue, path: string, decoder: StrictDecoder): number {
  const text = decoder.text(value, path);
  if (text === undefined || decoder.isNothing(value)) return 0;
  const windowMs = parsePrometheusDuration(text);
  if (windowMs === undefined) decoder.problem({ code: 'BadDuration', value: text }, path);
  return windowMs ?? 0;
}
