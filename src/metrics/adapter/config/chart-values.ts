import { Document, isMap, isScalar, type Node, Pair, Scalar, type YAMLMap } from 'yaml';
import { keyText, type MistakenDocument, memberOf } from './mistaken-document.ts';

/** What the chart's values call the lists of the configuration file. */
const CONFIG_KEYS: readonly (readonly [inChart: string, inFile: string])[] = [
  ['custom', 'rules'],
  ['external', 'externalRules'],
  ['resource', 'resourceRules'],
];

/** Keys of the chart's values that no configuration file has. */
const CHART_ONLY: ReadonlySet<string> = new Set([
  'prometheus',
  'metricsRelistInterval',
  'logLevel',
  'listenPort',
  'extraArguments',
  'rbac',
  'image',
  'replicas',
]);

/**
 * Recognises values of the Helm chart, which people take for the configuration: a mapping under `rules`, or a key that
 * only the chart has. Undefined when the document is none.
 */
export function findChartValues(document: Document): MistakenDocument | undefined {
  const { contents } = document;
  if (!isMap(contents)) return undefined;
  const rules = memberOf(contents, 'rules');
  const ruleKeys = isMap(rules) ? rules.items.map(({ key }) => keyText(key)) : [];
  const isChartRules = ruleKeys.some((key) => key === 'default' || key === 'existing' || isConfigKey(key));
  const telling = contents.items.find(({ key }) => {
    return CHART_ONLY.has(keyText(key)) || (isChartRules && keyText(key) === 'rules');
  });
  if (telling === undefined) return undefined;
  const defaults = isMap(rules) ? memberOf(rules, 'default') : undefined;
  const hasDefaultRules = !(isScalar(defaults) && /^(false|no|off)$/i.test(String(defaults.value)));
  return {
    finding: {
      code: 'ChartValues',
      converted: converted(contents, rules),
      hasDefaultRules,
      prometheusUrl: prometheusUrlOf(memberOf(contents, 'prometheus')),
    },
    offset: (telling.key as Node).range?.[0] ?? 0,
  };
}

/** What the chart says where its values do not. */
const PROMETHEUS_DEFAULTS = { url: 'http://prometheus.default.svc', port: '9090', path: '' };

/** The URL that the chart puts together; null where the values say nothing of Prometheus. A port of 0 is none, as Helm has it. */
function prometheusUrlOf(values: Node | undefined): string | null {
  if (values === undefined) return null;
  const said = (key: keyof typeof PROMETHEUS_DEFAULTS): string => {
    const value = isMap(values) ? memberOf(values, key) : undefined;
    return isScalar(value) ? String(value.value ?? '') : PROMETHEUS_DEFAULTS[key];
  };
  const port = said('port');
  return `${said('url')}${port === '' || port === '0' ? '' : `:${port}`}${said('path')}`;
}

/** The configuration file that the chart would make of its values, its comments included. */
function converted(values: YAMLMap, rules: unknown): string {
  const file = new Document({}, { version: '1.1', schema: 'failsafe' });
  const contents = file.contents as unknown as YAMLMap;
  if (isMap(rules)) {
    for (const [inChart, inFile] of CONFIG_KEYS) addPair(contents, inFile, memberOf(rules, inChart));
  } else addPair(contents, 'rules', memberOf(values, 'rules'));
  addPair(contents, 'externalRules', memberOf(values, 'externalRules'));
  addPair(contents, 'resourceRules', memberOf(values, 'resourceRules'));
  return contents.items.length === 0 ? '' : file.toString({ lineWidth: 0 });
}

function addPair(contents: YAMLMap, key: string, value: Node | undefined): void {
  const isEmpty = value === undefined || (isScalar(value) && /^(|~|null)$/.test(String(value.value)));
  const isEmptyCollection = value !== undefined && 'items' in value && (value.items as unknown[]).length === 0;
  if (!isEmpty && !isEmptyCollection && !contents.has(key)) contents.add(new Pair(new Scalar(key), value));
}

function isConfigKey(key: string): boolean {
  return CONFIG_KEYS.some(([inChart]) => inChart === key);
}
