import { readFileSync } from 'node:fs';
import type { AllowedDifference } from './allowed-differences.ts';
import { type AdapterAnswer, type RecordedAnswer, recordedAnswers } from './recording.ts';

interface AnswerDifference extends AllowedDifference<RecordedAnswer> {
  /** Whether it comes from what stands in front of the APIs: who may ask, for how long, by what form of path. */
  readonly isOfListener?: boolean;
}

const CUSTOM = '/apis/custom.metrics.k8s.io';
const RESOURCE = '/apis/metrics.k8s.io';
const RESOURCE_PODS = `${RESOURCE}/v1beta1/namespaces/shop/pods`;
const OPS = 'myapp_processed_ops_total';
const AGGREGATED_DISCOVERY = 'APIGroupDiscoveryList';

/** What is answered otherwise than by prometheus-adapter; everything else is answered as it answers, to the last byte. */
export const ALLOWED_ANSWERS: readonly AnswerDifference[] = [
  {
    why: 'discovery tells of both versions that are served, the newer one first; upstream tells of the older one alone',
    told: ['tell of all versions that are served', '列出所有提供的版本'],
    isOf: ({ question: { path } }) => path === CUSTOM,
    instead: (line) => changed(line, { body: jsonText(groupOf('custom.metrics.k8s.io', ['v1beta2', 'v1beta1'])) }),
  },
  {
    why: 'the list of groups tells of all versions, and of no address, which would be one inside of the pod',
    told: ['no address', '不含地址'],
    isOf: ({ question: { path, headers } }) => path === '/apis' && headers === undefined,
    instead: (line) => {
      const { groups } = JSON.parse(String(line.answer.body)) as { readonly groups: readonly NamedGroup[] };
      const items = groups.map(({ name }) => {
        const { kind: _kind, apiVersion: _apiVersion, ...group } = groupOf(name, VERSIONS[name] ?? []);
        return group;
      });
      return changed(line, { body: jsonText({ kind: 'APIGroupList', apiVersion: 'v1', groups: items }) });
    },
  },
  {
    why: 'aggregated discovery has what is served; upstream’s is empty, so that kubectl api-resources shows nothing',
    told: ['tell of all versions that are served', '列出所有提供的版本'],
    isOf: ({ question: { headers } }) => headers?.['accept']?.includes(AGGREGATED_DISCOVERY) ?? false,
    instead: (line) => {
      const document = JSON.parse(String(line.answer.body)) as object;
      return changed(line, { body: jsonText({ ...document, items: [AGGREGATED_SEED] }) });
    },
  },
  {
    why: 'the index has each OpenAPI document, all versions, and no /metrics/slis',
    told: ['no `/metrics/slis`', '没有 `/metrics/slis`'],
    isOf: ({ answer }) => String(answer.body).startsWith('{\n  "paths"'),
    instead: (line) => {
      const { paths } = JSON.parse(String(line.answer.body)) as { readonly paths: readonly string[] };
      return changed(line, { body: JSON.stringify({ paths: indexOf(paths) }, null, 2) });
    },
  },
  {
    why: '/version tells the version of Podtide and what runs it; upstream’s tells nothing',
    told: ['`/version` tells its own', '`/version` 报告自己的版本'],
    isOf: ({ question: { path } }) => path === '/version',
    instead: (line) => changed(line, { body: JSON.stringify(ownVersion(), null, 2) }),
  },
  {
    why: 'a selector of series with != is echoed; upstream asks Prometheus, and then refuses with 500',
    told: ['`metricLabelSelector` with `!=` is answered', '带 `!=` 的 `metricLabelSelector` 会正常应答'],
    isOf: ({ answer }) => String(answer.body).includes('is not a valid label selector operator'),
    instead: (line) => {
      const { metric, values, echo } = withoutEqual(line.question.path);
      return changed(line, { status: 200, body: jsonText(valueList(metric, values, { matchExpressions: echo })) });
    },
  },
  {
    why: 'a selector of series that cannot be read is a bad request, as every other selector; upstream answers with 500',
    told: ['one that cannot be read is a bad request', '无法解析的则返回 400'],
    isOf: ({ question: { path }, answer: { status, body } }) =>
      path.includes('metricLabelSelector=') && status === 500 && String(body).includes('unable to parse requirement'),
    instead: (line) => {
      const { message } = JSON.parse(String(line.answer.body)) as { readonly message: string };
      return changed(line, badRequest(message));
    },
  },
  {
    why: 'what is no number is missing; upstream shows NaN as 0 and what is infinite as a number below all others, and HPAs take pods away',
    told: ['What is no number is missing', '不是有效数值的结果视为缺失'],
    isOf: ({ answer }) => itemsOf(answer).some(isUnheld),
    instead: (line) => {
      const { answer, question } = line;
      const items = itemsOf(answer).filter((item) => !isUnheld(item));
      const [, pod = '*'] = /\/pods\/([^/]+)\//.exec(question.path) ?? [];
      if (pod !== '*') return changed(line, notFound(`the server could not find the metric level for pods ${pod}`));
      if (typeof answer.body !== 'string') return changed(line, { body: { ...(answer.body as object), items } });
      return changed(line, { body: jsonText({ ...(JSON.parse(answer.body) as object), items }) });
    },
  },
  {
    why: 'a path that proxies could read otherwise is refused: rights would be asked about one object, and another be told of',
    told: ['Paths with empty segments or encoded slashes', '路径中有空段或编码的斜杠'],
    isOfListener: true,
    // Of an escaped slash the API server makes one before it hands the path on, and such a path leads nowhere.
    isOf: ({ via, question: { path } }) =>
      /^[^?]*\/\//.test(path) || (/^[^?]*%2F/.test(path) && via.includes('direct')),
    instead: (line) => {
      const what = line.question.path.includes('//')
        ? 'empty segments'
        : 'encoded slashes, backslashes or control characters';
      return { ...changed(line, badRequest(`the path must not hold ${what}`)), queries: [] };
    },
  },
  {
    why: 'a request that took too long is told so in a Status of JSON; upstream’s is text, and has no kind',
    told: ['took longer than `timeout`', '超过 `timeout`'],
    isOfListener: true,
    isOf: (line) => line.answer.status === 504 && !isOfApiServer(line),
    instead: (line) => {
      const headers = { ...line.answer.headers, 'content-type': 'application/json' };
      const status = JSON.parse(String(line.answer.body)) as object;
      return changed(line, { headers, body: jsonText({ kind: 'Status', apiVersion: 'v1', ...status }) });
    },
  },
  {
    why: 'pods can be chosen by their node, as of metrics-server; upstream knows no such field',
    told: ['`spec.nodeName`', '`spec.nodeName`'],
    isOf: ({ question: { path } }) => path.startsWith(RESOURCE) && path.includes('fieldSelector=spec.nodeName'),
    instead: (line) => {
      const [path = ''] = line.question.path.split('?');
      // All of them are on that node.
      const all = recordedAnswers().find(({ question }) => question.path === path && question.headers === undefined);
      return { ...line, answer: withoutUnmeasured(all?.answer ?? line.answer), queries: all?.queries ?? [] };
    },
  },
  {
    why: 'a pod whose usage is no number has none; upstream shows NaN as 0, and HPAs take pods away',
    told: ['What is no number is missing', '不是有效数值的结果视为缺失'],
    isOf: ({ question: { path }, answer }) => path.startsWith(RESOURCE) && measuredItems(answer).some(isUnmeasured),
    instead: (line) => changed(line, withoutUnmeasured(line.answer)),
  },
  {
    why: 'and asked for by its name it is not found',
    told: ['What is no number is missing', '不是有效数值的结果视为缺失'],
    isOf: ({ question: { path }, answer }) =>
      path.startsWith(RESOURCE) && path.includes(`/pods/${UNMEASURED}`) && answer.status === 200,
    instead: (line) => {
      // As it answers for a pod that Prometheus has no rows of.
      const other = recordedAnswers().find(({ question: { path } }) => path.endsWith(`${RESOURCE_PODS}/bare`));
      const answer = JSON.parse(JSON.stringify(other?.answer).replaceAll('bare', UNMEASURED)) as AdapterAnswer;
      return { ...line, answer: { ...answer, headers: line.answer.headers } };
    },
  },
  {
    why: 'a form of usage that cannot be had is refused without forms for watches, which nobody answers',
    told: ['names no forms for watches', '不提 watch 的格式'],
    isOf: ({ configuration, answer: { status } }) => configuration === 'resource' && status === 406,
    instead: (line) => {
      const watches = ', application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';
      return changed(line, { body: String(line.answer.body).replace(watches, '') });
    },
  },
  {
    why: 'a selector that Prometheus refuses hides no other rule; upstream lists nothing any more',
    told: ['A selector that fails hides no other rule', '一个选择器失败不会影响其他规则'],
    isOf: ({ configuration, question: { path } }) => configuration === 'wrong-selector' && path === `${CUSTOM}/v1beta1`,
    instead: (line) => {
      const resources = [resourceOf('namespaces', false), resourceOf('pods', true)];
      const document = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'custom.metrics.k8s.io/v1beta1' };
      return changed(line, { body: jsonText({ ...document, resources }) });
    },
  },
  {
    why: 'so that the metrics of the other rules have values; upstream knows none of them',
    told: ['A selector that fails hides no other rule', '一个选择器失败不会影响其他规则'],
    isOf: ({ configuration, question: { path } }) =>
      configuration === 'wrong-selector' && path.endsWith(`/pods/*/${OPS}`),
    instead: (line) => {
      const values = { 'db-0': '2', 'web-1': '4', 'web-2': '1' };
      const pods = 'bare|cpu-alone|db-0|dot.name|no-number|waiting|web-1|web-2';
      return {
        ...changed(line, { status: 200, body: jsonText(valueList(OPS, values, null)) }),
        queries: [`sum(${OPS}{namespace="shop",pod=~"${pods}"}) by (pod)`],
      };
    },
  },
  {
    why: 'no browser is to guess what an answer is; upstream says so with texts and refusals alone',
    told: ['`X-Content-Type-Options: nosniff`', '`X-Content-Type-Options: nosniff`'],
    isOf: (line) =>
      line.answer.headers['x-content-type-options'] === undefined &&
      !(line.question.headers?.['accept']?.includes(AGGREGATED_DISCOVERY) ?? false) &&
      !isOfApiServer(line),
    instead: (line) => changed(line, { headers: { ...line.answer.headers, 'x-content-type-options': 'nosniff' } }),
  },
];

/** Whom it does not know, what it cannot read, and what takes too long, the API server answers itself. */
function isOfApiServer({ via, question: { path }, answer: { status } }: RecordedAnswer): boolean {
  return via.includes('aggregated') && (status === 401 || status === 504 || path.endsWith('timeout=bad'));
}

function changed(line: RecordedAnswer, change: Partial<AdapterAnswer>): RecordedAnswer {
  return { ...line, answer: { ...line.answer, ...change } };
}

/** As Go's encoder ends it. */
function jsonText(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** A value of a list, as JSON and as protobuf have it. */
interface ListedValue {
  readonly describedObject?: { readonly name: string };
  readonly metricName?: string;
  readonly metric?: { readonly name: string };
  readonly value?: string | { readonly string: string };
}

function itemsOf({ body }: AdapterAnswer): readonly ListedValue[] {
  const document = typeof body === 'string' ? (body.startsWith('{') ? JSON.parse(body) : {}) : body;
  return (document as { readonly items?: readonly ListedValue[] } | null)?.items ?? [];
}

/** What upstream makes of every value but NaN that no quantity holds; nothing that was recorded is so small. */
const SMALLEST = '-9223372036854775808m';

/** Recorded pods whose value is NaN. */
const NAN: ReadonlySet<string> = new Set(['v-nan level', 'no-number cpu_usage']);

/** The recorded pod whose CPU is NaN. */
const UNMEASURED = 'no-number';

/** An item of a list of usage or a row of a table of it. */
interface MeasuredItem {
  readonly metadata?: { readonly name: string };
  readonly object?: { readonly metadata?: { readonly name: string } };
}

function measuredItems({ body }: AdapterAnswer): readonly MeasuredItem[] {
  const document = typeof body === 'string' ? (body.startsWith('{') ? JSON.parse(body) : {}) : body;
  const { items = [], rows = [] } = (document ?? {}) as Readonly<Record<string, readonly MeasuredItem[] | undefined>>;
  return [...items, ...rows];
}

function isUnmeasured({ metadata, object }: MeasuredItem): boolean {
  return (metadata ?? object?.metadata)?.name === UNMEASURED;
}

function withoutUnmeasured(answer: AdapterAnswer): AdapterAnswer {
  const isText = typeof answer.body === 'string';
  const document = (isText ? JSON.parse(String(answer.body)) : answer.body) as Readonly<Record<string, unknown>>;
  const kept = Object.entries(document).map(([key, value]) =>
    key === 'items' || key === 'rows'
      ? [key, (value as readonly MeasuredItem[]).filter((item) => !isUnmeasured(item))]
      : [key, value],
  );
  const body = Object.fromEntries(kept) as object;
  return { ...answer, body: isText ? jsonText(body) : body };
}

function isUnheld({ describedObject, metricName, metric, value = '' }: ListedValue): boolean {
  const isNan = NAN.has(`${describedObject?.name} ${metricName ?? metric?.name}`);
  return isNan || (typeof value === 'string' ? value : value.string) === SMALLEST;
}

function notFound(message: string): Pick<AdapterAnswer, 'status' | 'body'> {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message };
  return { status: 404, body: jsonText({ ...status, reason: 'NotFound', code: 404 }) };
}

function badRequest(message: string): Pick<AdapterAnswer, 'status' | 'body'> {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message };
  return { status: 400, body: jsonText({ ...status, reason: 'BadRequest', code: 400 }) };
}

/** What is served of each group, the preferred version first. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  'custom.metrics.k8s.io': ['v1beta2', 'v1beta1'],
  'external.metrics.k8s.io': ['v1beta1'],
  'metrics.k8s.io': ['v1', 'v1beta1'],
};

interface NamedGroup {
  readonly name: string;
}

function groupOf(name: string, of: readonly string[]) {
  const versions = of.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { kind: 'APIGroup', apiVersion: 'v1', name, versions, preferredVersion: versions[0] };
}

function indexOf(paths: readonly string[]): readonly string[] {
  const groups = Object.keys(VERSIONS).filter((name) => paths.includes(`/apis/${name}`));
  const served = groups.flatMap((name) => (VERSIONS[name] ?? []).map((version) => `/apis/${name}/${version}`));
  const kept = paths.filter((path) => path !== '/metrics/slis' && path !== '/openapi/v3/');
  return [...new Set([...kept, ...served, ...served.map((path) => `/openapi/v3${path}`)])].toSorted();
}

function resourceOf(parent: string, namespaced: boolean) {
  return { name: `${parent}/${OPS}`, singularName: '', namespaced, kind: 'MetricValueList', verbs: ['get'] };
}

const AGGREGATED_SEED = {
  metadata: { name: 'custom.metrics.k8s.io' },
  versions: ['v1beta2', 'v1beta1'].map((version) => ({
    version,
    resources: [aggregatedOf('namespaces', 'Cluster'), aggregatedOf('pods', 'Namespaced')],
    freshness: 'Current',
  })),
};

function aggregatedOf(resource: string, scope: 'Cluster' | 'Namespaced') {
  const kindOf = (kind: string) => ({ group: '', version: '', kind });
  const subresource = { subresource: OPS, responseKind: kindOf('MetricValueList'), verbs: ['get'] };
  return { resource, responseKind: kindOf(''), scope, singularResource: '', verbs: [], subresources: [subresource] };
}

function ownVersion(): object {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
  const [major, minor] = version.split('.');
  return {
    ...{ major, minor, gitVersion: `v${version}`, gitCommit: '', gitTreeState: '' },
    ...{ buildDate: '1970-01-01T00:00:00Z', goVersion: '', compiler: `node ${process.versions.node}` },
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}

/** The values of pods in `shop`, as v1beta1 has them. */
function valueList(metric: string, values: Readonly<Record<string, string>>, selector: object | null): object {
  const items = Object.entries(values).map(([name, value]) => ({
    describedObject: { kind: 'Pod', namespace: 'shop', name, apiVersion: '/v1' },
    ...{ metricName: metric, timestamp: 'TIME', value, selector },
  }));
  return { kind: 'MetricValueList', apiVersion: 'custom.metrics.k8s.io/v1beta1', metadata: {}, items };
}

/** What a question with `!=` is about, the values there are, and the selector as it is echoed. */
function withoutEqual(path: string) {
  const [, pod = '', metric = ''] = /\/pods\/([^/]+)\/([^?]+)/.exec(path) ?? [];
  const all: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    // None of db-0, whose service is the one that is left out.
    [OPS]: { 'web-1': '4', 'web-2': '1' },
    t_index: { 'db-0': '8', 'web-1': '3', 'web-2': '4' },
    t_map_printed: { 'db-0': '8', 'web-1': '19', 'web-2': '4' },
  };
  const values = Object.fromEntries(Object.entries(all[metric] ?? {}).filter(([name]) => pod === '*' || pod === name));
  const isTemplate = metric !== OPS;
  const echo = [
    { key: 'service', operator: 'NotIn', values: [isTemplate ? 'x' : 'db'] },
    ...(isTemplate ? [{ key: 'verb', operator: 'In', values: ['GET', 'PUT'] }] : []),
  ];
  return { metric, values, echo };
}
