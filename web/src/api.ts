import type { Language } from '../../src/core/explain/language.ts';
import type {
  MessagesBody,
  OverviewBody,
  SeriesBody,
  TimelineBody,
  TimelineEntry,
} from '../../src/people/dashboard/wire.ts';

/** What the page asks the dashboard for. Every call rejects with an ApiError that says what went wrong. */
export interface Api {
  overview(): Promise<OverviewBody>;
  series(hpa: HpaName): Promise<SeriesBody>;
  timeline(hpa: HpaName): Promise<TimelineBody>;
  decision(id: string): Promise<TimelineEntry>;
  messages(reader: { readonly language: Language; readonly timeZone: string }): Promise<MessagesBody>;
}

export interface HpaName {
  readonly namespace: string;
  readonly name: string;
}

/** An answer that was no answer: HTTP status, or 0 when nobody answered. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Longest wait for one answer. */
const ANSWER_MS_MAX = 10_000;

/** The dashboard that served this page. */
export function createApi(baseUrl: string): Api {
  const read = async <Body>(path: string): Promise<Body> => {
    let response: Response;
    try {
      response = await fetch(new URL(path, baseUrl), { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    } catch (thrown) {
      throw new ApiError(0, thrown instanceof Error ? thrown.message : String(thrown));
    }
    if (!response.ok) throw new ApiError(response.status, await messageOf(response));
    return (await response.json()) as Body;
  };
  const part = encodeURIComponent;
  return {
    overview: () => read('api/overview'),
    series: ({ namespace, name }) => read(`api/hpas/${part(namespace)}/${part(name)}/series`),
    timeline: ({ namespace, name }) => read(`api/decisions?namespace=${part(namespace)}&name=${part(name)}`),
    decision: (id) => read(`api/decisions/${part(id)}`),
    messages: ({ language, timeZone }) => read(`api/messages?language=${part(language)}&timeZone=${part(timeZone)}`),
  };
}

async function messageOf(response: Response): Promise<string> {
  try {
    const { message } = (await response.json()) as { message?: unknown };
    return typeof message === 'string' ? message : response.statusText;
  } catch {
    return response.statusText;
  }
}
