import type { Language } from './language.ts';
import {
  type AmissTrailCode,
  firstAmissLink,
  type MetricTrail,
  type TrailCode,
  type TrailLink,
  type TrailLinkOf,
  type TrailStanding,
  type TrailTopic,
  trailStandingOf,
  trailTopicOf,
} from './metric-trail.ts';
import { METRIC_TRAIL_EN } from './metric-trail-en.ts';
import { METRIC_TRAIL_ZH } from './metric-trail-zh.ts';

/** How a metric fares: its values are served, they are and are not what they should be, or there are none. */
export type TrailVerdict = 'whole' | 'doubtful' | 'lost';

/** Every sentence about a trail in one language; keyed by codes, so that none can be forgotten. */
export interface MetricTrailSentences {
  readonly topics: Readonly<Record<TrailTopic, string>>;
  readonly links: { readonly [Code in TrailCode]: (link: TrailLinkOf<Code>) => string };
  readonly remedies: { readonly [Code in AmissTrailCode]: (link: TrailLinkOf<Code>) => string };
  readonly verdicts: Readonly<Record<TrailVerdict, (metric: string) => string>>;
  /** `name` in a namespace. */
  readonly within: (metric: string, namespace: string) => string;
  readonly age: (ageMs: number) => string;
  readonly more: (hiddenCount: number) => string;
}

/** A trail in words. */
export interface ExplainedMetricTrail {
  readonly verdict: TrailVerdict;
  /** What is so, in one sentence, and what to do about it; the latter empty when nothing needs doing. */
  readonly headline: string;
  readonly remedy: string;
  readonly links: readonly ExplainedTrailLink[];
}

/** One link in words. */
export interface ExplainedTrailLink {
  readonly code: TrailCode;
  readonly topic: TrailTopic;
  readonly standing: TrailStanding;
  readonly title: string;
  readonly text: string;
}

const SENTENCES: Readonly<Record<Language, MetricTrailSentences>> = { en: METRIC_TRAIL_EN, 'zh-CN': METRIC_TRAIL_ZH };

/** How a metric's values come about, or at which link they are lost, and what to do about that. */
export function explainMetricTrail(trail: MetricTrail, language: Language): ExplainedMetricTrail {
  const sentences = SENTENCES[language];
  const say = (link: TrailLink): string => (sentences.links[link.code] as (link: TrailLink) => string)(link);
  const amiss = firstAmissLink(trail);
  const verdict = verdictOf(amiss);
  const { metric, namespace } = trail;
  const head = sentences.verdicts[verdict](namespace === null ? metric : sentences.within(metric, namespace));
  return {
    verdict,
    headline: amiss === undefined ? head : `${head}${say(amiss)}`,
    remedy: amiss === undefined ? '' : (sentences.remedies[amiss.code] as (link: TrailLink) => string)(amiss),
    links: trail.links.map((link) => ({
      code: link.code,
      topic: trailTopicOf(link),
      standing: trailStandingOf(link),
      title: sentences.topics[trailTopicOf(link)],
      text: say(link),
    })),
  };
}

function verdictOf(amiss: TrailLink | undefined): TrailVerdict {
  if (amiss === undefined) return 'whole';
  return trailStandingOf(amiss) === 'broken' ? 'lost' : 'doubtful';
}

/** How ages of samples and the rest of a list are written. */
export function trailWriters(language: Language): Pick<MetricTrailSentences, 'age' | 'more'> {
  return SENTENCES[language];
}
