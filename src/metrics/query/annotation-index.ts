import { isDeepStrictEqual } from 'node:util';
import { type OptionProblem, queryAnnotation } from '../../core/engine/hpa-options.ts';
import type { HpaQueries } from './hpa-queries.ts';

/** What the HPAs of a namespace say of a metric. */
export type AnnotatedMetric =
  /** All who bring a query along bring the same. */
  | { readonly kind: 'query'; readonly promql: string; readonly hpas: readonly string[] }
  /** Nobody can tell which of them is meant: the metrics API does not say which HPA asks. */
  | { readonly kind: 'conflict'; readonly hpas: readonly string[] }
  | { readonly kind: 'ignored'; readonly hpa: string; readonly problem: OptionProblem };

/** What one HPA says of a metric. */
type Saying = { readonly promql: string } | { readonly problem: OptionProblem };

/** The queries of all HPAs by namespace and metric. */
export class AnnotationIndex {
  /** By `namespace/metric` and the HPA's name. */
  readonly #sayings = new Map<string, Map<string, Saying>>();
  #names: readonly string[] = [];
  #areNamesOld = false;

  /** Takes what an HPA says now in place of what it said before. */
  set(hpa: HpaQueries, before?: HpaQueries): void {
    if (before !== undefined) this.remove(before);
    for (const { metric, promql } of hpa.queries) this.#put(hpa, metric, { promql });
    for (const problem of hpa.problems) this.#put(hpa, metricOf(problem), { problem });
  }

  remove(hpa: HpaQueries): void {
    const metrics = [...hpa.queries.map(({ metric }) => metric), ...hpa.problems.map(metricOf)];
    for (const metric of metrics) {
      const key = keyOf(hpa.namespace, metric);
      const sayings = this.#sayings.get(key);
      sayings?.delete(hpa.name);
      if (sayings?.size === 0) this.#sayings.delete(key);
      this.#areNamesOld = true;
    }
  }

  find(namespace: string, metric: string): AnnotatedMetric | undefined {
    return meaningOf(this.#sayings.get(keyOf(namespace, metric)));
  }

  /** How many metrics of namespaces there are of each kind. */
  counts(): Readonly<Record<AnnotatedMetric['kind'], number>> {
    const counts = { query: 0, conflict: 0, ignored: 0 };
    for (const sayings of this.#sayings.values()) {
      const meaning = meaningOf(sayings);
      if (meaning !== undefined) counts[meaning.kind] += 1;
    }
    return counts;
  }

  /** The names of the metrics that there are queries for in any namespace; the same array for as long as they stay the same. */
  get metrics(): readonly string[] {
    if (!this.#areNamesOld) return this.#names;
    this.#areNamesOld = false;
    const names = new Set<string>();
    for (const [key, sayings] of this.#sayings) {
      if ([...sayings.values()].some((saying) => 'promql' in saying)) names.add(key.slice(key.indexOf('/') + 1));
    }
    const sorted = [...names].sort();
    if (!isDeepStrictEqual(sorted, this.#names)) this.#names = sorted;
    return this.#names;
  }

  #put({ namespace, name }: HpaQueries, metric: string, saying: Saying): void {
    const key = keyOf(namespace, metric);
    const sayings = this.#sayings.get(key) ?? new Map<string, Saying>();
    this.#sayings.set(key, sayings.set(name, saying));
    this.#areNamesOld = true;
  }
}

/** What they come to together; undefined when nobody says anything. */
function meaningOf(saidByHpa: ReadonlyMap<string, Saying> = new Map()): AnnotatedMetric | undefined {
  const sayings = [...saidByHpa].sort(([a], [b]) => (a < b ? -1 : 1));
  const queries = sayings.flatMap(([hpa, saying]) => ('promql' in saying ? [{ hpa, promql: saying.promql }] : []));
  const hpas = queries.map(({ hpa }) => hpa);
  const [first] = queries;
  if (first !== undefined) {
    const isOne = queries.every(({ promql }) => promql === first.promql);
    return isOne ? { kind: 'query', promql: first.promql, hpas } : { kind: 'conflict', hpas };
  }
  const [ignored] = sayings.flatMap(([hpa, saying]) => ('problem' in saying ? [{ hpa, problem: saying.problem }] : []));
  return ignored === undefined ? undefined : { kind: 'ignored', ...ignored };
}

function keyOf(namespace: string, metric: string): string {
  return `${namespace}/${metric}`;
}

function metricOf({ annotation }: OptionProblem): string {
  return annotation.slice(queryAnnotation('').length);
}
