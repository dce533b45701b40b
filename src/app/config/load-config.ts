import { z } from 'zod';
import { parseDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import { LOAD_TEST_CONNECTIONS_COUNT_MAX } from '../../base/limits.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { Environment } from './environment.ts';
import { isLoopback } from './listen-flags.ts';

/** Everything that `podtide load` can be told beside the address, as typed. */
export interface LoadFlags {
  readonly connections?: string;
  readonly requests?: string;
  readonly duration?: string;
  readonly timeout?: string;
  readonly output?: string;
  readonly lang?: string;
}

/** What to load, and how. */
export interface LoadConfig {
  readonly url: URL;
  readonly connectionCount: number;
  /** Null when the test lasts for `durationMs`. */
  readonly requestCount: number | null;
  readonly durationMs: number | null;
  readonly timeoutMs: number;
  readonly output: 'text' | 'json';
  readonly language: Language;
}

const REQUEST_COUNT_MAX = 1_000_000_000;

/** Longest test, and longest wait for one answer. */
const DURATION_MS_MAX = 24 * 3_600_000;

function count(max: number): z.ZodType<number> {
  const rule = `must be a whole number from 1 to ${max}`;
  return z
    .string()
    .regex(/^\d{1,10}$/, rule)
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, rule);
}

const duration = z.string().transform((text, context) => {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs >= 1_000 && durationMs <= DURATION_MS_MAX) return durationMs;
  context.addIssue({ code: 'custom', message: 'must be a duration from 1s to 24h, for example 30s or 5m' });
  return z.NEVER;
});

const FLAGS = z.strictObject({
  connections: count(LOAD_TEST_CONNECTIONS_COUNT_MAX).default(10),
  requests: count(REQUEST_COUNT_MAX).optional(),
  duration: duration.optional(),
  timeout: duration.default(60_000),
  output: z.enum(['text', 'json'], 'must be text or json').default('text'),
  lang: z.string().optional(),
});

const DEFAULT_DURATION_MS = 10_000;

/**
 * Reads the address and the flags of `podtide load`. Throws Failure `invalid` that lists every problem at once, each with
 * its flag, the value and the rule.
 */
export function parseLoadConfig(address: string, flags: LoadFlags, environment: Environment): LoadConfig {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const parsed = FLAGS.safeParse(given);
  const problems = parsed.success
    ? conflictsOf(parsed.data)
    : parsed.error.issues.map(
        ({ path, message }) => `--${String(path[0])}=${String(given[String(path[0])])}: ${message}`,
      );
  const url = URL.parse(address);
  const addressProblems = problemsOfAddress(address, url);
  if (!parsed.success || url === null || problems.length + addressProblems.length > 0) {
    throw new Failure('invalid', [...addressProblems, ...problems].join('\n'));
  }
  const { connections, requests = null, timeout, output, lang } = parsed.data;
  return {
    url,
    connectionCount: connections,
    requestCount: requests,
    durationMs: requests === null ? (parsed.data.duration ?? DEFAULT_DURATION_MS) : null,
    timeoutMs: timeout,
    output,
    language: languageOf(lang ?? environment.locale),
  };
}

/** It is made for a lab on this machine; nobody else's service is loaded by a slip of the keyboard. */
function problemsOfAddress(address: string, url: URL | null): readonly string[] {
  if (url === null || url.protocol !== 'http:') {
    return [`${address}: must be an address such as http://127.96.0.1:80/`];
  }
  if (isLoopback(url.hostname)) return [];
  return [`${address}: must be an address of this machine's loopback interface, as Services of lab --real have it`];
}

function conflictsOf({ connections, requests, duration: durationMs }: z.output<typeof FLAGS>): readonly string[] {
  const problems: string[] = [];
  if (requests !== undefined && durationMs !== undefined) {
    problems.push('--requests and --duration: the test ends with one of them; leave the other out');
  }
  if (requests !== undefined && requests < connections) {
    problems.push(`--requests=${requests}: must not be lower than --connections=${connections}`);
  }
  return problems;
}
