import type { Answer, Question } from './answer.ts';

/** Who asks: each has other rights. */
export type Asker = 'admin' | 'viewer' | 'scraper' | 'stranger' | 'nobody' | 'forger';

/** What differs and why it may: `ours` is what ours says where upstream's answer is `theirs`. */
export interface Difference {
  readonly why: string;
  /** Throws where the answers differ in another way than this. */
  readonly holds: (ours: Answer, theirs: Answer) => boolean;
}

export interface ComparedQuestion extends Question {
  readonly as?: Asker;
  readonly difference?: Difference;
}

const API = '/apis/metrics.k8s.io/v1beta1';
const SHOP = `${API}/namespaces/shop/pods`;
const JSON_TYPE = 'application/json';
const YAML_TYPE = 'application/yaml';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
const TABLE = `${JSON_TYPE};as=Table;v=v1;g=meta.k8s.io`;

const accepting = (path: string, accept: string): ComparedQuestion => ({ path, headers: { accept } });

function transformed(kind: string, version: string, mediaType = JSON_TYPE): string {
  return `${mediaType};as=${kind};v=${version};g=meta.k8s.io`;
}

function differing(question: ComparedQuestion, why: string, holds: Difference['holds']): ComparedQuestion {
  return { ...question, difference: { why, holds } };
}

const statuses =
  (ours: number, theirs: number): Difference['holds'] =>
  (our, their) =>
    our.status === ours && their.status === theirs;

const parsed = (answer: Answer): unknown => (typeof answer.body === 'string' ? JSON.parse(answer.body) : answer.body);

/** Whether our body, changed by `change`, is theirs. */
const afterChange =
  (change: (body: string) => string): Difference['holds'] =>
  (ours, theirs) =>
    ours.status === theirs.status && change(String(ours.body)) === theirs.body;

const V1_TOO = 'ours has version v1 too, which upstream gains with Kubernetes 1.37';
const LISTS_ARE_LISTS = 'an empty list is a list and not null, which typed clients of other languages trip over';
const NO_WATCH_TYPES = 'forms of watches are not named: nothing can be watched';
const NOT_SPOKEN =
  'protobuf is spoken for the objects, where it pays; documents that are read once a minute are JSON or YAML';
const DOCUMENT_IS_OURS = 'the schema document is of our own words; that it is valid is tested by itself';

const withoutProtobuf: Difference['holds'] = (ours, theirs) =>
  ours.status === theirs.status &&
  ours.body === String(theirs.body).replace(', application/vnd.kubernetes.protobuf', '');

const withoutWatchTypes = (ours: Answer, theirs: Answer): boolean =>
  ours.status === theirs.status &&
  ours.body ===
    String(theirs.body).replace(
      ', application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
      '',
    );

/** The index lists the same paths, but for these. */
const indexHolds: Difference['holds'] = (ours, theirs) => {
  const [our, their] = [ours, theirs].map((answer) => (parsed(answer) as { readonly paths: string[] }).paths);
  const beyond = (a: string[] = [], b: string[] = []): string => a.filter((path) => !b.includes(path)).join(' ');
  return (
    ours.status === theirs.status &&
    beyond(their, our) === '/openapi/v3/' &&
    beyond(our, their) ===
      '/apis/metrics.k8s.io/v1 /openapi/v3/apis/metrics.k8s.io/v1 /openapi/v3/apis/metrics.k8s.io/v1beta1'
  );
};
const index = (path: string, method = 'GET'): ComparedQuestion =>
  differing({ path, method }, `${V1_TOO}; each schema document is named, and the folder of them is none`, indexHolds);

/** Who may is asked about one reading of a path, and another must not be answered. */
const ONE_READING = 'a path that can be read in several ways is refused before anybody is asked';

const DOCUMENTS: readonly ComparedQuestion[] = [
  ...['/', '/index.html', '/nonsense', '/api', '/api/v1', '/apis/nonsense'].map((path) => index(path)),
  index('/readyz/nonsense'),
  index('/livez/'),
  index('/healthz/metric-collection-timely'),
  index('/nonsense', 'POST'),
  { path: '/version', method: 'POST' },
  differing(
    { path: '/version' },
    'another program',
    (ours, theirs) =>
      ours.status === theirs.status &&
      Object.keys(parsed(ours) as object).every((key) => Object.keys(parsed(theirs) as object).includes(key)),
  ),
  ...['/healthz', '/livez', '/readyz'].flatMap((path): ComparedQuestion[] => [
    { path },
    { path: `${path}?verbose` },
    { path: `${path}?verbose&exclude=ping` },
    { path: `${path}?verbose&exclude=nonsense&exclude=log` },
    { path: `${path}/ping` },
    { path: `${path}/poststarthook/max-in-flight-filter` },
    { path, method: 'HEAD' },
    { path, method: 'POST' },
  ]),
  { path: '/readyz/metric-storage-ready' },
  { path: '/livez/metric-collection-timely' },
  differing({ path: '/apis' }, `${V1_TOO}; the address of the server itself is left out`, (ours, theirs) => {
    const groups = (parsed(ours) as { readonly groups: readonly { readonly versions: readonly object[] }[] }).groups;
    return ours.status === 200 && theirs.status === 200 && groups[0]?.versions.length === 2;
  }),
  differing(
    accepting('/apis', `${JSON_TYPE};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`),
    V1_TOO,
    afterChange((body) => {
      const document = JSON.parse(body);
      document.items[0].versions.shift();
      return `${JSON.stringify(document)}\n`;
    }),
  ),
  { path: '/apis', method: 'POST' },
  differing(accepting('/apis', 'text/html'), NOT_SPOKEN, withoutProtobuf),
  differing(accepting('/apis', PROTOBUF_TYPE), NOT_SPOKEN, statuses(406, 200)),
  differing({ path: '/apis/metrics.k8s.io' }, V1_TOO, (ours, theirs) => {
    const document = parsed(ours) as { versions: object[]; preferredVersion: object };
    document.versions.shift();
    document.preferredVersion = document.versions[0] ?? {};
    return `${JSON.stringify(document)}\n` === theirs.body;
  }),
  { path: API },
  { path: `${API}/` },
  accepting(API, YAML_TYPE),
  differing(accepting(API, 'text/html'), NOT_SPOKEN, withoutProtobuf),
  { path: API, method: 'POST' },
  { path: '/apis/metrics.k8s.io/v9' },
  { path: '/apis/metrics.k8s.io/v9/pods' },
  { path: `${API}/widgets` },
  { path: `${API}/widgets`, method: 'POST' },
  { path: `${API}/nodes/node-a/status` },
  { path: `${API}/namespaces/shop` },
  { path: `${API}/namespaces/shop/nodes` },
  { path: `${SHOP}/web-1/log` },
  { path: `${API}/watch/pods` },
  ...['/openapi/v2', '/openapi/v3', '/openapi/v3/apis/metrics.k8s.io/v1beta1'].map((path) =>
    differing({ path }, DOCUMENT_IS_OURS, (ours, theirs) => ours.status === 200 && theirs.status === 200),
  ),
  accepting('/openapi/v2', 'text/plain'),
  differing({ path: '/openapi/v3/nonsense' }, 'a document that there is not is no empty document', statuses(404, 200)),
  differing(
    { path: '/metrics' },
    'other metrics; the names that are shared are tested by themselves',
    (ours, theirs) => ours.status === 200 && theirs.status === 200,
  ),
];

const OBJECTS: readonly ComparedQuestion[] = [
  { path: `${API}/nodes` },
  { path: `${API}/nodes/` },
  { path: `${API}/nodes?pretty=true` },
  { path: `${API}/nodes?pretty=nonsense` },
  { path: `${API}/nodes`, headers: { 'user-agent': 'curl/8.0' } },
  { path: `${API}/nodes?pretty=0`, headers: { 'user-agent': 'curl/8.0' } },
  accepting(`${API}/nodes`, `${JSON_TYPE};pretty=1`),
  { path: `${API}/nodes/node-a` },
  { path: `${API}/nodes/node-a/` },
  { path: `${API}/nodes/node-a?watch=true` },
  { path: `${API}/nodes/nonsense` },
  differing({ path: `${API}/nodes/node-broken` }, 'ours says why', withoutCauses),
  { path: SHOP },
  { path: `${SHOP}?pretty=1` },
  { path: `${API}/namespaces/nonsense/pods` },
  { path: `${SHOP}/web-1` },
  { path: `${SHOP}/web-2` },
  { path: `${SHOP}/nonsense` },
  { path: `${SHOP}/waiting` },
  differing({ path: `${SHOP}/zero-memory` }, 'ours says why', withoutCauses),
  differing({ path: `${SHOP}/on-broken` }, 'ours says why', withoutCauses),
  { path: `${SHOP}/web-1?labelSelector=a%20b` },
  { path: `${API}/pods` },
  { path: `${API}/namespaces/many/pods`, headers: { 'accept-encoding': 'gzip' } },
  { path: `${API}/namespaces/many/pods`, headers: { 'accept-encoding': 'deflate, gzip' } },
  { path: `${API}/namespaces/many/pods`, headers: { 'accept-encoding': 'br' } },
  { path: SHOP, headers: { 'accept-encoding': 'gzip' } },
  differing(
    { path: `${API}/namespaces//pods` },
    'an empty name is no name, and no way to ask for everything',
    statuses(400, 200),
  ),
  { path: `${API}/nodes/node%2Da` },
  differing({ path: `${API}/nodes/a%2Fb` }, ONE_READING, statuses(400, 404)),
  differing({ path: `/apis/metrics.k8s.io//v1beta1/nodes` }, ONE_READING, statuses(400, 404)),
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((method) => ({ path: `${API}/nodes/node-a`, method })),
  ...['POST', 'DELETE', 'HEAD'].map((method) => ({ path: `${API}/pods`, method })),
];

/** Ours without the causes is theirs. */
function withoutCauses(ours: Answer, theirs: Answer): boolean {
  const document = JSON.parse(String(ours.body));
  const hasCauses = Array.isArray(document.details.causes) && document.details.causes.length > 0;
  delete document.details.causes;
  return hasCauses && ours.status === theirs.status && `${JSON.stringify(document)}\n` === theirs.body;
}

const KNOWN_FIELDS = 'ours can be asked for the pods of a node';

const SELECTIONS: readonly ComparedQuestion[] = [
  ...[
    ...['app=web', 'app in (web,db)', '!app', 'app!=web', 'app notin (web)', 'canary', 'app=web,tier=front', ''],
    ...['a b', 'app=<&>', '=', 'app in ()', 'app=web,', '-x=y', `app=${'x'.repeat(64)}`, 'app in (web', 'tier gt x'],
  ].map((selector) => ({ path: `${SHOP}?labelSelector=${encodeURIComponent(selector)}` })),
  { path: `${SHOP}?labelSelector=app%3Ddb&labelSelector=app%3Dweb` },
  { path: `${API}/nodes?labelSelector=zone%3Db` },
  ...[
    ...['metadata.name=web-1', 'metadata.name==web-1', 'metadata.name!=web-1', 'metadata.namespace=other', ','],
    ...['metadata.name=web-1,metadata.name=web-2', 'metadata.name!=a,metadata.namespace=shop', 'metadata.name='],
    ...['nonsense', 'metadata.name=a=b', 'metadata.name=a\\x', 'metadata.name=a\\', 'metadata.name=a\\,b'],
  ].map((selector) => ({ path: `${SHOP}?fieldSelector=${encodeURIComponent(selector)}` })),
  ...['status.phase=Running', 'metadata.name =web-1', 'metadata.labels=x'].map((selector) =>
    differing(
      { path: `${SHOP}?fieldSelector=${encodeURIComponent(selector)}` },
      KNOWN_FIELDS,
      (ours, theirs) => String(ours.body).replace(', \\"spec.nodeName\\"', '') === theirs.body,
    ),
  ),
  differing({ path: `${SHOP}?fieldSelector=spec.nodeName%3Dnode-a` }, KNOWN_FIELDS, statuses(200, 400)),
  { path: `${API}/pods?fieldSelector=metadata.namespace%3Dother` },
  { path: `${API}/pods?fieldSelector=metadata.name%3Dweb-1%2Cmetadata.namespace%3Dother` },
  ...['metadata.name=node-a', 'metadata.namespace=x', 'metadata.namespace=', 'spec.unschedulable=true'].map(
    (selector) => ({ path: `${API}/nodes?fieldSelector=${encodeURIComponent(selector)}` }),
  ),
  ...['limit=1', 'limit=-1', 'limit=x', 'limit=', 'continue=abc', 'resourceVersion=0', 'resourceVersion=x'].map(
    (query) => ({ path: `${SHOP}?${query}` }),
  ),
  ...['timeoutSeconds=5', 'timeoutSeconds=x', 'allowWatchBookmarks=x'].map((query) => ({ path: `${SHOP}?${query}` })),
  ...['resourceVersionMatch=NotOlderThan', 'sendInitialEvents=true'].map((query) =>
    differing(
      { path: `${SHOP}?${query}` },
      'an option of caches, which means nothing here, is passed over',
      statuses(200, 422),
    ),
  ),
  ...['true', '1', '0', 'false', 'nonsense', ''].map((watch) => ({ path: `${SHOP}?watch=${watch}` })),
  { path: `${API}/nodes?watch=true` },
  { path: `${API}/pods?watch=true&labelSelector=a%20b` },
];

const FORMS: readonly ComparedQuestion[] = [
  ...[JSON_TYPE, '*/*', `${PROTOBUF_TYPE}, */*`, PROTOBUF_TYPE, YAML_TYPE, `${JSON_TYPE};charset=utf-8`].flatMap(
    (accept) => [accepting(`${API}/nodes`, accept), accepting(SHOP, accept), accepting(`${SHOP}/web-1`, accept)],
  ),
  ...['text/html,application/json;q=0.9', 'application/json;q=0.1,application/yaml', `${JSON_TYPE};stream=watch`].map(
    (accept) => accepting(`${API}/nodes`, accept),
  ),
  ...['text/html', 'application/JSON', 'application/cbor', 'nonsense'].flatMap((accept) => [
    differing(accepting(`${API}/nodes`, accept), NO_WATCH_TYPES, withoutWatchTypes),
    accepting(`${API}/nodes/nonsense`, accept),
  ]),
  ...['application/*', '*'].map((accept) =>
    differing(accepting(`${API}/nodes`, accept), 'a range that takes JSON is given JSON', statuses(200, 406)),
  ),
  ...[YAML_TYPE, PROTOBUF_TYPE, TABLE].map((accept) => accepting(`${API}/nodes/nonsense`, accept)),
  ...['v1', 'v1beta1', 'v2'].flatMap((version) => [
    accepting(`${API}/nodes`, transformed('Table', version)),
    accepting(`${API}/nodes/node-a`, transformed('Table', version)),
    accepting(SHOP, `${transformed('Table', version)},${JSON_TYPE}`),
    accepting(`${API}/nodes`, transformed('PartialObjectMetadataList', version)),
    accepting(SHOP, transformed('PartialObjectMetadataList', version)),
    accepting(`${API}/nodes/node-a`, transformed('PartialObjectMetadata', version)),
  ]),
  ...['None', 'Object', 'Metadata', 'nonsense', ''].map((included) =>
    accepting(`${SHOP}?includeObject=${included}`, TABLE),
  ),
  accepting(`${API}/nodes`, transformed('Table', 'v1', YAML_TYPE)),
  accepting(`${API}/nodes`, transformed('Table', 'v1', PROTOBUF_TYPE)),
  accepting(`${API}/nodes`, `${JSON_TYPE};as=Table;v=v1;g=nonsense`),
  accepting(`${API}/nodes`, transformed('Nonsense', 'v1')),
  accepting(`${API}/nodes`, transformed('PartialObjectMetadata', 'v1')),
  accepting(SHOP, transformed('PartialObjectMetadata', 'v1')),
  accepting(`${API}/nodes/node-a`, transformed('PartialObjectMetadataList', 'v1')),
  accepting(`${API}/nodes`, transformed('PartialObjectMetadataList', 'v1', PROTOBUF_TYPE)),
  accepting(`${API}/nodes/node-a`, transformed('PartialObjectMetadata', 'v1', PROTOBUF_TYPE)),
  differing(
    accepting(`${API}/namespaces/nonsense/pods`, TABLE),
    LISTS_ARE_LISTS,
    afterChange((body) => body.replaceAll('[]', 'null')),
  ),
  differing(
    accepting(`${API}/namespaces/nonsense/pods`, transformed('PartialObjectMetadataList', 'v1')),
    LISTS_ARE_LISTS,
    afterChange((body) => body.replaceAll('[]', 'null')),
  ),
];

const BY_REFUSAL = 'a refusal is the same word for word; what is said to those let in is compared as the administrator';
const refusedAlike: Difference['holds'] = (ours, theirs) =>
  ours.status === theirs.status && (ours.status < 400 || JSON.stringify(ours) === JSON.stringify(theirs));

const ASKERS: readonly ComparedQuestion[] = [
  ...(['viewer', 'scraper', 'stranger', 'nobody', 'forger'] as const).flatMap((as) =>
    [`${API}/nodes`, `${SHOP}/web-1`, SHOP, '/metrics', '/livez', '/readyz/ping', '/apis', API, '/nonsense'].map(
      (path): ComparedQuestion => ({ path, as, difference: { why: BY_REFUSAL, holds: refusedAlike } }),
    ),
  ),
];

/** Everything that both servers are asked. */
export const QUESTIONS: readonly ComparedQuestion[] = [...DOCUMENTS, ...OBJECTS, ...SELECTIONS, ...FORMS, ...ASKERS];
