import { isDeepStrictEqual } from 'node:util';
import type { AdapterQuestion, RecordedAnswer } from '../../adapter/recording.ts';
import { steadyQuery } from '../../adapter/steady-exchange.ts';
import type { RecordingPrometheus } from './recording-prometheus.ts';
import type { StagedAdapter } from './stage.ts';

/** Asks on every way that there is: one line when the ways agree, two when they do not. */
export async function askEveryWay(
  adapter: StagedAdapter,
  prometheus: Pick<RecordingPrometheus, 'takeRequests'>,
  configuration: string,
  question: AdapterQuestion,
): Promise<readonly RecordedAnswer[]> {
  const lines: RecordedAnswer[] = [];
  for (const way of adapter.waysOf(question)) {
    prometheus.takeRequests();
    const answer = await adapter.ask(question, way);
    // Series may be listed meanwhile, which no question causes.
    const asked = prometheus.takeRequests().filter(({ path }) => path.endsWith('/api/v1/query'));
    // Go asks a second time where a connection that it had kept is closed.
    const queries = [...new Set(asked.map((request) => steadyQuery(request.question)))].toSorted();
    const [first] = lines;
    if (first !== undefined && isDeepStrictEqual([first.answer, first.queries], [answer, queries])) {
      lines[0] = { ...first, via: [...first.via, way] };
    } else {
      lines.push({ configuration, via: [way], question, answer, queries });
    }
  }
  return lines;
}
