import { type ExplainedTrailLink, explainMetricTrail, trailWriters } from '../../core/explain/explain-metric-trail.ts';
import type { Language } from '../../core/explain/language.ts';
import type { MetricTrail, TrailStanding, TrailTopic } from '../../core/explain/metric-trail.ts';
import { seriesText } from '../../metrics/prometheus/result-reader.ts';
import { textWidth } from './text-width.ts';

/** Rows, and values, that a person is shown. */
const SHOWN_COUNT_MAX = 20;

const SIGNS: Readonly<Record<TrailStanding, string>> = { holds: '✓', doubtful: '!', broken: '✗' };

/** A trail for a person: what is so, what to do, and a line for each step, rows and values below theirs. */
export function trailText(trail: MetricTrail, language: Language): string {
  const { headline, remedy, links } = explainMetricTrail(trail, language);
  const titleWidth = Math.max(...links.map(({ title }) => textWidth(title)));
  const lines = links.flatMap((link, index) => {
    const isSame = links[index - 1]?.topic === link.topic;
    const title = isSame ? '' : link.title;
    const padding = ' '.repeat(titleWidth - textWidth(title));
    const text = link.text.trimEnd().replaceAll('\n', '\n      ');
    const line = `  ${SIGNS[link.standing]} ${title}${padding}  ${text}`;
    return isLastOf(link.topic, index, links) ? [line, ...listOf(link.topic, trail, language)] : [line];
  });
  return `${[headline, ...(remedy === '' ? [] : [remedy]), '', ...lines].join('\n')}\n`;
}

function isLastOf(topic: TrailTopic, index: number, links: readonly ExplainedTrailLink[]): boolean {
  return links[index + 1]?.topic !== topic;
}

function listOf(topic: TrailTopic, { rows, values }: MetricTrail, language: Language): readonly string[] {
  const { age, more } = trailWriters(language);
  const all =
    topic === 'rows'
      ? rows.map(({ labels, value, sampleAgeMs }) =>
          [seriesText(labels), value, ...(sampleAgeMs === null ? [] : [age(sampleAgeMs)])].join('  '),
        )
      : topic === 'values'
        ? values.map(({ of, quantity }) => `${of}  ${quantity}`)
        : [];
  const hiddenCount = all.length - SHOWN_COUNT_MAX;
  const shown = hiddenCount > 0 ? [...all.slice(0, SHOWN_COUNT_MAX), more(hiddenCount)] : all;
  return shown.map((line) => `      ${line}`);
}

/** The same as one document: the codes with their parameters, what they say, every row and every value. */
export function trailJson(trail: MetricTrail, language: Language): string {
  const { verdict, headline, remedy, links } = explainMetricTrail(trail, language);
  const document = {
    apiVersion: 'podtide.dev/v1',
    kind: 'MetricTrail',
    metric: trail.metric,
    namespace: trail.namespace,
    at: new Date(trail.atMs).toISOString(),
    verdict,
    headline,
    remedy,
    links: trail.links.map((link, index) => {
      const { topic, standing, text } = links[index] as ExplainedTrailLink;
      return { topic, standing, ...link, text };
    }),
    rows: trail.rows,
    values: trail.values,
  };
  return `${JSON.stringify(document)}\n`;
}
