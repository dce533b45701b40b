import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { createAggregatedServer } from '../../src/metrics/serve/aggregated-server.ts';
import { createMetricsApis } from '../../src/metrics/serve/metrics-apis.ts';
import { createHealth } from '../../src/platform/telemetry/health.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { readProtobuf } from '../fixtures/metrics-protobuf.ts';
import { SCRIPTED_AT_MS, SCRIPTED_CUSTOM, SCRIPTED_EXTERNAL } from '../fixtures/scripted-values.ts';

/** A request to upstream's library with what it answered; `hex` when that is protobuf. */
interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly answered: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly hex?: string;
}

const RECORDED: readonly Recorded[] = readFileSync(new URL('./value-answers/answers.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

const server = createAggregatedServer({
  apis: createMetricsApis({ custom: SCRIPTED_CUSTOM, external: SCRIPTED_EXTERNAL }, { nowMs: () => SCRIPTED_AT_MS }),
  health: createHealth({ isOpen: true }),
  telemetry: createTelemetry(),
  version: {
    ...{ major: '1', minor: '0', gitVersion: '', gitCommit: '', gitTreeState: '', buildDate: '' },
    ...{ goVersion: '', compiler: '', platform: '' },
  },
});

/** Where we answer otherwise on purpose, and why. */
const DIFFERENCES: readonly (readonly [why: string, isIt: (recorded: Recorded) => boolean])[] = [
  [
    'the index and the list of groups are of another server; both versions of custom metrics are told',
    ({ path, method, status }) =>
      (/^\/(apis\/?|nonsense|apis\/nope.*)$/.test(path) && method === 'GET') ||
      (/^\/apis\/custom\.metrics\.k8s\.io\/?$/.test(path) && status === 200),
  ],
  [
    'aggregated discovery has what there is',
    ({ path, headers }) => path === '/apis' && (headers?.['accept'] ?? '').includes('apidiscovery'),
  ],
  [
    'a bad selector of series is the client’s fault (400, not 500)',
    ({ path, status }) => status === 500 && /metricLabelSelector=(a%20b|%21%21)$/.test(path),
  ],
  [
    'a selector of series with != has an answer',
    ({ path, status }) => status === 500 && path.includes('metricLabelSelector=h!%3Di'),
  ],
  [
    'a path that can be read in several ways leads nowhere: encoded slashes, dot segments, bytes that are no text, verbs alone',
    ({ path }) => /pods%2Fp1|name%3Da%2Fb|%zz\/|%ff|\/\.\.?\/|\/\.\.$|%2e%2e|\/(watch|proxy)\/?$/.test(path),
  ],
  [
    'application/* is any of its types',
    ({ headers, status }) => headers?.['accept'] === 'application/*' && status === 406,
  ],
  ['options of a watch cache are not looked at: there is none', ({ status }) => status === 422],
  [
    'external metrics have no metadata to show alone: JSON where it is taken, else 406',
    ({ path, headers }) =>
      /external.*(windowed|unknown|down)/.test(path) &&
      /as=PartialObjectMetadata/.test(headers?.['accept'] ?? '') &&
      (path.includes('windowed') || headers?.['accept']?.includes(',application/json') === false),
  ],
];

const differenceOf = (recorded: Recorded): string | undefined => DIFFERENCES.find(([, isIt]) => isIt(recorded))?.[0];

/** Headers that clients act upon. */
const COMPARED_HEADERS = ['content-type', 'cache-control'];

async function answerOf({ method, path, headers = {} }: Recorded) {
  const response = await server(new Request(`http://x${path}`, { method, headers }));
  const bytes = Buffer.from(await response.arrayBuffer());
  const sent = COMPARED_HEADERS.map((name) => response.headers.get(name) ?? '');
  // Nobody sees what a head would have had.
  const body = method === 'HEAD' ? '' : readBody(response.headers.get('content-type') ?? '', bytes);
  return { status: response.status, headers: sent, body };
}

function expectedOf({ status, answered, body = '', hex }: Recorded) {
  const bytes = hex === undefined ? Buffer.from(body) : Buffer.from(hex, 'hex');
  const sent = COMPARED_HEADERS.map((name) => answered[name] ?? '');
  return { status, headers: sent, body: readBody(answered['content-type'] ?? '', bytes) };
}

/** JSON to the letter; what protobuf and YAML hold, which may be written in several ways. */
function readBody(contentType: string, bytes: Buffer): unknown {
  if (contentType === 'application/yaml') return parseYaml(bytes.toString());
  const isProtobuf = contentType === 'application/vnd.kubernetes.protobuf' && bytes.length > 0;
  return isProtobuf ? readProtobuf(bytes) : bytes.toString();
}

const titleOf = ({ method, path, headers = {} }: Recorded): string =>
  [method, path, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join(' ');

describe('custom.metrics.k8s.io and external.metrics.k8s.io as upstream’s library answered', () => {
  test.each(RECORDED.filter((each) => differenceOf(each) === undefined).map((each) => [titleOf(each), each] as const))(
    '%s',
    async (_title, recorded) => {
      expect(await answerOf(recorded)).toEqual(expectedOf(recorded));
    },
  );

  test.each(DIFFERENCES)('otherwise on purpose: %s', async (_why, isIt) => {
    const different = RECORDED.filter(isIt);
    expect(different.length).toBeGreaterThan(0);
    for (const recorded of different) expect(await answerOf(recorded)).not.toEqual(expectedOf(recorded));
  });
});
