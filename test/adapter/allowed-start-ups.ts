import type { AllowedDifference } from './allowed-differences.ts';
import type { RecordedStartUp } from './recording.ts';

/** How start-ups end otherwise than those of prometheus-adapter, by what each of them is tried for. */
export const ALLOWED_START_UPS: readonly AllowedDifference<RecordedStartUp>[] = [
  {
    why: 'rules that cannot be used end with exit code 2 and each problem with its place and remedy; upstream ends with 255 at the first',
    told: ['ends with exit code 2', '退出码为 2'],
    isOf: ({ why }) => Object.hasOwn(REFUSED_RULES, why),
    instead: (line) => {
      const message = `podtide: FOLDER/start-up/config.yaml:${REFUSED_RULES[line.why]}\n  podtide adapter check FILE says more`;
      return { ...line, exitCode: 2, message };
    },
  },
  {
    why: 'flags that cannot be used end with exit code 2 and the rule of each; upstream ends with 255 or 2 at the first',
    told: ['ends with exit code 2', '退出码为 2'],
    isOf: ({ why }) => Object.hasOwn(REFUSED_FLAGS, why),
    instead: (line) => ({ ...line, exitCode: 2, message: `podtide: ${REFUSED_FLAGS[line.why]}` }),
  },
  {
    why: 'a kind that the cluster does not have is waited for, and its part of a rule does nothing until it is there; upstream does not start',
    told: [
      'A kind that the cluster does not have makes its part of a rule inactive',
      '集群中没有的资源类型只会让规则的相应部分不生效',
    ],
    isOf: ({ why }) =>
      ['an unknown resource', 'an unknown resource of no group', 'a short name'].includes(why) ||
      why === 'an unknown resource of an external rule',
    instead: started,
  },
  {
    why: 'a file that is to be shown to Prometheus may come later: the log tells of it with each listing; upstream does not start',
    told: ['A file for Prometheus that is not there', '与 Prometheus 有关的文件不存在时'],
    isOf: ({ why }) => /^a (kubeconfig|certificate authority|token) that is not there$/.test(why),
    instead: started,
  },
  {
    why: 'flags that upstream has dropped are accepted, as charts and manifests still have them; upstream does not start',
    told: ['such as `--logtostderr`', '`--logtostderr` 等'],
    isOf: ({ why }) => why === 'a flag of old releases',
    instead: started,
  },
];

function started(line: RecordedStartUp): RecordedStartUp {
  return { ...line, exitCode: null, message: '' };
}

const NO_NAME = `has 2 groups, and nothing says which is the name; set name.as, to ${'$'}{1} for example; groups that only hold alternatives together may be (?:…)`;

/** Rules that are not taken: where, and what to do. */
const REFUSED_RULES: Readonly<Record<string, string>> = {
  'a key that is not there': '1:1 rulez: there is no key "rulez" here; write rules; letter case counts',
  'keys are told apart by case': '1:1 Rules: there is no key "Rules" here; write rules; letter case counts',
  'a key of a rule that is not there':
    '1:93 rules[0].series: there is no key "series" here; write seriesQuery; letter case counts',
  'a key twice': '2:1 rules: "rules" is here twice, first in line 1; keep one of them',
  'a key of a rule twice': '1:26 rules[0].seriesQuery: "seriesQuery" is here twice, first in line 1; keep one of them',
  'no YAML':
    '1:9 this is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]; put texts with braces, colons or dollar signs in single quotes',
  'a list in the place of the file':
    '1:1 must be a mapping (key: value), and is a list (- item); write keys and values, indented below',
  'a text in the place of the file':
    '1:1 must be a mapping (key: value), and is a text: rules; write keys and values, indented below',
  'a list in the place of a text':
    '1:104 rules[0].name.as: must be a text, and is a list (- item); write a text, in single quotes if it has special characters',
  'a text in the place of yes or no':
    '1:69 rules[0].resources.namespaced: must be true or false, and is a text: false; write true or false without quotes',
  'an anchor below a key of its own':
    '1:1 x: there is no key "x" here; write one of rules, externalRules, resourceRules',
  'a filter of both kinds':
    '1:109 rules[0].seriesFilters[0]: a filter has both is and isNot; make two filters of it; all filters must hold',
  'a filter of no kind':
    '1:109 rules[0].seriesFilters[0]: a filter has neither is nor isNot; give it one of the two, or remove it',
  'a filter that is no expression':
    '1:114 rules[0].seriesFilters[0].is: ( is not a regular expression of RE2: missing closing ): `(`; see the syntax of RE2',
  'a name that is no expression':
    '1:109 rules[0].name.matches: (?!a)b is not a regular expression of RE2: invalid or unsupported Perl syntax: `(?!`; RE2 has no look-ahead (?=…) (?!…): exclude names by a further filter, seriesFilters: [{isNot: …}]',
  'two groups and no "as"': `1:109 rules[0].name.matches: (a)(b) ${NO_NAME}`,
  'two named groups and no "as"': `1:109 rules[0].name.matches: (?P<a>a)(?P<b>b) ${NO_NAME}`,
  'an override without a resource':
    '1:72 rules[0].resources.overrides.x: the override of the label x names no resource; write x: {resource: pod}, for example',
  'a template without the resource':
    '1:67 rules[0].resources.template: the template has no <<.Resource>>, so that every resource would have the same label; put <<.Resource>> where the resource stands in the labels, or use overrides',
  'a template of nothing but text':
    '1:67 rules[0].resources.template: the template has no <<.Resource>>, so that every resource would have the same label; put <<.Resource>> where the resource stands in the labels, or use overrides',
  'a template that does not parse':
    '1:79 rules[0].resources.template: the template cannot be read: unclosed action; what stands between << and >> is Go’s text/template: fields begin with a dot, as <<.Series>>',
  'a template of a field that is not there':
    "1:70 rules[0].resources.template: the template makes no label: can't evaluate field Kind in type schema.GroupResource; its fields are .Group and .Resource, as in kube_<<.Resource>>",
  'a template that is no expression':
    '1:67 rules[0].resources.template: ^((?P<resource>.+?)$ is not a regular expression of RE2: missing closing ): `^((?P<resource>.+?)$`; see the syntax of RE2',
  'a query that does not parse':
    '1:55 rules[0].metricsQuery: the template cannot be read: unexpected right paren; what stands between << and >> is Go’s text/template: fields begin with a dot, as <<.Series>>',
  'a query with an unknown function':
    '1:44 rules[0].metricsQuery: the template cannot be read: function "nope" not defined; what stands between << and >> is Go’s text/template: fields begin with a dot, as <<.Series>>',
  'a query with an end too many':
    '1:49 rules[0].metricsQuery: the template cannot be read: unexpected {{end}}; what stands between << and >> is Go’s text/template: fields begin with a dot, as <<.Series>>',
  'a query without an end':
    '1:58 rules[0].metricsQuery: the template cannot be read: unexpected EOF; what stands between << and >> is Go’s text/template: fields begin with a dot, as <<.Series>>',
  'a query with an undeclared variable':
    '1:44 rules[0].metricsQuery: the template cannot be read: undefined variable "$x"; what stands between << and >> is Go’s text/template: fields begin with a dot, as <<.Series>>',
  'a query of an external rule that does not parse':
    '1:52 externalRules[0].metricsQuery: the template cannot be read: unclosed action; what stands between << and >> is Go’s text/template: fields begin with a dot, as <<.Series>>',
  'a window that is no duration':
    '1:25 resourceRules.window: "5" is no duration; write units from long to short, as in 5m or 1h30m',
  'a window of Go':
    '1:25 resourceRules.window: "1.5h" is no duration; write units from long to short, as in 5m or 1h30m',
};

/** Flags that are not taken. */
const REFUSED_FLAGS: Readonly<Record<string, string>> = {
  'no configuration':
    '--config: must name the file of the rules, or a folder of such files\n  podtide adapter serve --help says what each flag takes',
  'an interval that is no duration':
    '--metrics-relist-interval=5: must be a duration such as 15s, 5m0s or 1h30m\n  podtide adapter serve --help says what each flag takes',
  'a duration of Prometheus':
    '--metrics-relist-interval=1d: must be a duration such as 15s, 5m0s or 1h30m\n  podtide adapter serve --help says what each flag takes',
  'a verb of neither kind':
    '--prometheus-verb=get: must be GET or POST\n  podtide adapter serve --help says what each flag takes',
  'two ways to be known':
    '--prometheus-auth-incluster: must not be given beside --prometheus-auth-config\n--prometheus-auth-incluster: needs the ServiceAccount of a pod, and this process runs in none',
  'a URL that is none':
    '--prometheus-url=http://[::1: must be an http or https URL such as https://prometheus.monitoring:9090',
  'a flag that is not there': '--nonsense: no such flag\n  podtide adapter serve --help says what each flag takes',
  'the short form that the README has':
    '-c=/nonexistent: no such flag (c in it)\n  podtide adapter serve --help says what each flag takes',
  'an age below the interval':
    '--metrics-max-age: must not be less than --metrics-relist-interval\n  a metric would be gone before it is looked for again',
};
