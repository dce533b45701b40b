import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedPrometheusRequest } from '../../adapter/recording.ts';
import { configurationText } from '../../adapter/recording.ts';
import type { AdapterUnderTest } from './adapter-under-test.ts';
import type { SeenRequest } from './recording-prometheus.ts';
import { type AdapterStage, stageAdapter } from './stage.ts';

const METRIC = '/apis/custom.metrics.k8s.io/v1beta1/namespaces/shop/pods/web-1/myapp_processed_ops_total';

/** A way to speak to Prometheus: flags, where FOLDER is a folder with the files that they name, and what its URL ends with. */
interface Manner {
  readonly why: string;
  readonly flags: readonly string[];
  readonly urlEnd?: string;
}

/** Tokens as their files hold them. */
const TOKENS: Readonly<Record<string, string>> = { token: 'secret-of-the-adapter' };

export const MANNERS: readonly Manner[] = [
  { why: 'as it is', flags: [] },
  { why: 'by POST', flags: ['--prometheus-verb=POST'] },
  {
    why: 'headers, one of them twice, one with nothing in it, one with "=" in its value',
    flags: [
      '--prometheus-header=X-Scope-OrgID=one',
      '--prometheus-header=X-Scope-OrgID=two',
      '--prometheus-header=X-Empty',
      '--prometheus-header=x-filter=a=b',
    ],
  },
  { why: 'as the bearer of a token', flags: ['--prometheus-token-file=FOLDER/token'] },
  {
    why: 'a header wins over the token',
    flags: ['--prometheus-token-file=FOLDER/token', '--prometheus-header=Authorization=Basic dTpw'],
  },
  { why: 'below a path', flags: [], urlEnd: '/team/metrics' },
  { why: 'below a path that ends with a slash', flags: [], urlEnd: '/team//metrics/' },
  { why: 'a query of the URL is lost by GET', flags: [], urlEnd: '/?tenant=shop' },
  { why: 'a query of the URL stays by POST', flags: ['--prometheus-verb=POST'], urlEnd: '/?tenant=shop' },
  { why: 'another age of series', flags: ['--metrics-max-age=20m'] },
];

/** What reaches Prometheus of an adapter that is told to speak in that manner: the first list and one query. */
export async function requestsOf(
  stage: AdapterStage,
  adapter: AdapterUnderTest,
  { why, flags, urlEnd = '' }: Manner,
): Promise<readonly RecordedPrometheusRequest[]> {
  const folder = join(stage.cluster.folder, 'tokens');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(TOKENS)) await writeFile(join(folder, name), text);
  stage.prometheus.takeRequests();
  const staged = await stageAdapter(stage, adapter, {
    name: 'manner',
    configuration: configurationText('seed'),
    prometheusUrl: stage.prometheus.url + urlEnd,
    flags: flags.map((flag) => flag.replace('FOLDER', folder)),
  });
  try {
    const [list] = stage.prometheus.takeRequests();
    await staged.ask({ path: METRIC }, 'direct');
    const [query] = stage.prometheus.takeRequests();
    const recorded = (purpose: 'list' | 'query', seen: SeenRequest | undefined): RecordedPrometheusRequest => {
      if (seen === undefined) throw new Error(`${why}: Prometheus was not asked`);
      const { question: _, ...request } = seen;
      return { why, flags: urlEnd === '' ? flags : [`--prometheus-url=URL${urlEnd}`, ...flags], purpose, ...request };
    };
    return [recorded('list', list), recorded('query', query)];
  } finally {
    await staged.stop();
  }
}
