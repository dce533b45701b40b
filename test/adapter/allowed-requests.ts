import type { AllowedDifference } from './allowed-differences.ts';
import type { RecordedPrometheusRequest } from './recording.ts';

/** How requests to Prometheus differ from upstream's. What they ask for, how often, and as whom does not. */
export const ALLOWED_REQUESTS: readonly AllowedDifference<RecordedPrometheusRequest>[] = [
  {
    why: 'a request says which program sends it, and that it reads JSON; upstream’s is of Go’s library',
    told: ['say `podtide-adapter`', '自报为 `podtide-adapter`'],
    isOf: () => true,
    instead: (line) => ({
      ...line,
      headers: { ...line.headers, accept: 'application/json', 'user-agent': 'podtide-adapter/v1' },
    }),
  },
  {
    why: 'Prometheus need not work on a query that nobody waits for any more; upstream names no time, so that it works for two minutes',
    told: ['give up after ten seconds', '十秒后放弃'],
    isOf: ({ purpose }) => purpose === 'query',
    instead: (line) => changeParameters(line, (text) => text.replace(/&timeout=$/, '&timeout=10000ms')),
  },
  {
    why: 'of parameters, "~" is escaped and "*" is not, as forms of web pages have it; they mean the same',
    told: ['escape `~`', '对 `~` 转义'],
    isOf: ({ purpose }) => purpose === 'list',
    instead: (line) => changeParameters(line, (text) => text.replaceAll('~', '%7E').replaceAll('%2A', '*')),
  },
];

/** Parameters stand in the URL of a GET and in the body of a POST. */
function changeParameters(
  line: RecordedPrometheusRequest,
  change: (text: string) => string,
): RecordedPrometheusRequest {
  return { ...line, urlParameters: change(line.urlParameters), body: change(line.body) };
}
