import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { parseSelector, selectorText } from '../../base/label-selector.ts';
import { formatRfc3339, parseRfc3339 } from '../../base/rfc3339.ts';
import type { RouteMatch } from '../../people/notify/delivery/route.ts';
import type { Silence } from '../../people/notify/delivery/silence.ts';

const instant = z.string().transform((text, context) => {
  const atMs = parseRfc3339(text);
  if (atMs !== undefined) return atMs;
  context.addIssue({ code: 'custom', message: 'must be an instant such as 2026-11-28T18:00:00Z' });
  return z.NEVER;
});

const selector = z.string().transform((text, context) => {
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') return parsed.selector;
  context.addIssue({ code: 'custom', message: `must be a label selector such as app=web: ${parsed.message}` });
  return z.NEVER;
});

const texts = z.array(z.string().min(1)).max(50).default([]);

/** What is kept back, as people write it; at least one condition. */
const MATCH = z
  .strictObject({
    clusters: texts,
    namespaces: texts,
    kinds: texts,
    types: texts,
    severities: z.array(z.enum(['info', 'warning', 'critical'])).default([]),
    labels: selector.optional(),
  })
  .refine((match) => match.labels !== undefined || listsOf(match).some((list) => list.length > 0), {
    message: 'must have a condition; a silence of everything is the end of the notifier',
  });

const SILENCE = z
  .strictObject({
    match: MATCH,
    startsAt: instant,
    endsAt: instant,
    author: z.string().max(200).default(''),
    comment: z.string().max(1_000).default(''),
  })
  .refine(({ startsAt, endsAt }) => startsAt < endsAt, { message: 'must be after startsAt', path: ['endsAt'] });

function listsOf(match: Omit<RouteMatch, 'labels'>): readonly (readonly string[])[] {
  return [match.clusters, match.namespaces, match.kinds, match.types, match.severities];
}

/** Reads a silence as people write it: JSON. Throws Failure `invalid` that names the silence and every field that is wrong. */
export function parseSilence(id: string, text: string): Silence {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new Failure('invalid', `silence ${id}: must be JSON`, { cause: thrown });
  }
  const parsed = SILENCE.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `silence ${id}: ${[...path, ''].join('.')} ${message}`,
    );
    throw new Failure('invalid', problems.map((problem) => problem.replace('. ', ' ')).join('\n'));
  }
  const { match, startsAt, endsAt, author, comment } = parsed.data;
  const { labels = null, ...lists } = match;
  return { id, match: { ...lists, labels }, startsAtMs: startsAt, endsAtMs: endsAt, author, comment };
}

/** The way back. Instants are of whole seconds. */
export function silenceText({ match, startsAtMs, endsAtMs, author, comment }: Silence): string {
  const { labels, ...lists } = match;
  const given = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  return JSON.stringify({
    match: { ...given, ...(labels === null ? {} : { labels: selectorText(labels) }) },
    startsAt: formatRfc3339(startsAtMs),
    endsAt: formatRfc3339(endsAtMs),
    author,
    comment,
  });
}
