import type { ConfigPlaces } from '../config/config-places.ts';
import type { MetricCollision, MetricOrigin } from '../lost-metrics.ts';
import type { RuleProblem } from '../rule.ts';
import type { RuleRegistries } from './rule-yield.ts';

/** How many metrics or series a finding names before it only counts. */
const NAMED_COUNT_MAX = 5;

/** A metric as a person calls it, and what it is called in the API. */
interface NamedCollision extends Pick<MetricCollision<unknown>, 'winner' | 'losers'> {
  readonly metric: string;
  readonly listedAs: string;
}

/** Metrics that several rules, or several series of one rule, really make: the last one is asked, the others never. */
export function lostMetricFindings({ custom, external }: RuleRegistries, places: ConfigPlaces): readonly RuleProblem[] {
  const collisions: readonly NamedCollision[] = [
    ...custom.collisions.map(({ metric, ...rest }) => {
      return { ...rest, metric: metric.metric, listedAs: `${metric.resource}/${metric.metric}` };
    }),
    ...external.collisions.map(({ metric, ...rest }) => ({ ...rest, metric, listedAs: metric })),
  ];
  return [...betweenRules(collisions, places), ...withinRules(collisions)];
}

function betweenRules(collisions: readonly NamedCollision[], places: ConfigPlaces): readonly RuleProblem[] {
  const lost = collisions.flatMap(({ listedAs, winner, losers }) => {
    const rules = new Set(losers.map(({ rulePath }) => rulePath).filter((path) => path !== winner.rulePath));
    return [...rules].map((path) => ({ path, winnerPath: winner.rulePath, listedAs }));
  });
  const byPair = Map.groupBy(lost, ({ path, winnerPath }) => `${path} ${winnerPath}`);
  return [...byPair.values()].flatMap((metrics) => {
    const [first] = metrics;
    if (first === undefined) return [];
    const finding = {
      code: 'MetricLost',
      metrics: metrics.slice(0, NAMED_COUNT_MAX).map(({ listedAs }) => listedAs),
      metricCount: metrics.length,
      winnerLine: places.placeOf(first.winnerPath).line,
    } as const;
    return [{ finding, path: first.path }];
  });
}

/** Of a rule's series that are called alike, whatever the resources that they are of. */
function withinRules(collisions: readonly NamedCollision[]): readonly RuleProblem[] {
  const lost = collisions.flatMap(({ metric, winner, losers }) => {
    const own = losers.filter(({ rulePath }) => rulePath === winner.rulePath);
    return own.length === 0 ? [] : [{ metric, winner, own }];
  });
  const bySeries = Map.groupBy(lost, ({ metric, winner }) => `${winner.rulePath} ${winner.series} ${metric}`);
  return [...bySeries.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const series = [...new Set(alike.flatMap(({ own }) => own.map((loser: MetricOrigin) => loser.series)))];
    const finding = {
      code: 'SeriesLost',
      metric: first.metric,
      used: first.winner.series,
      lost: series.slice(0, NAMED_COUNT_MAX),
      lostCount: series.length,
    } as const;
    return [{ finding, path: `${first.winner.rulePath}.name.as` }];
  });
}
