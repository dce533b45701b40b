import { Failure } from '../../../src/base/failure.ts';
import type {
  ExternalMetricValue,
  MetricsSource,
  ObjectMetricValue,
  PodMetrics,
} from '../../../src/metrics/source/port.ts';
import type { NamedAnswer, ResourceAnswer, Unanswered } from './story.ts';
import type { KnownPod, StoryPlay } from './story-play.ts';
import { METRIC_NAMES } from './story-spec.ts';

type Plays = ReadonlyMap<string, Pick<StoryPlay, 'answers' | 'knownPods' | 'story'>>;

/** The three metrics APIs as the stories that are being played tell them, by namespace. */
export function storyMetrics(plays: Plays): MetricsSource {
  const playOf = (namespace: string | null) => {
    const play = plays.get(namespace ?? '');
    if (play === undefined) throw new Failure('notFound', `no story is played in ${namespace}`);
    return play;
  };
  return {
    resource: {
      listPods: async ({ namespace }) => {
        // Whoever asks for several namespaces at once would have one story's failure in all of them.
        if (namespace === null) throw new Failure('denied', 'each namespace is told a story of its own');
        return usageOf(playOf(namespace));
      },
      listNodes: async () => [],
    },
    custom: {
      listMetrics: async () =>
        ['pods', 'services', 'ingresses.networking.k8s.io'].flatMap((resource) =>
          METRIC_NAMES.map((metric) => ({ resource, isNamespaced: true, metric })),
        ),
      getValues: async ({ namespace, resource, name, metric }) => {
        const play = playOf(namespace ?? name);
        const values = valuesOf(play.answers.named[metric]);
        if (resource === 'pods') return podValues(play.knownPods, values, { namespace: play.story.name, metric });
        return values.map((value) => objectValue({ kind: 'Service', name, metric, value }));
      },
    },
    external: {
      listMetrics: async () => METRIC_NAMES,
      getValues: async ({ namespace, metric }) =>
        valuesOf(playOf(namespace).answers.named[metric]).map(
          (value): ExternalMetricValue => ({ metric, labels: {}, atMs: Date.now(), windowMs: null, value }),
        ),
    },
  };
}

function usageOf({ answers: { resource }, knownPods, story }: Pick<StoryPlay, 'answers' | 'knownPods' | 'story'>) {
  if (resource.kind !== 'usage') {
    refuse(resource);
    return [];
  }
  const containers = Object.keys(story.pods.requests);
  const items: PodMetrics[] = [];
  for (const [place, { name, isListed }] of knownPods.entries()) {
    if (isListed && !resource.missingPlaces.includes(place)) {
      items.push(podUsage(resource, { namespace: story.name, name, place, containers }));
    }
  }
  for (let ghost = 0; ghost < resource.ghostCount; ghost += 1) {
    items.push(podUsage(resource, { namespace: story.name, name: `ghost-${ghost}`, place: 0, containers }));
  }
  return items;
}

interface UsedPod {
  readonly namespace: string;
  readonly name: string;
  readonly place: number;
  readonly containers: readonly string[];
}

function podUsage(
  { cpuMilli, memory, ageMs, windowMs, partialPlaces }: ResourceAnswer & { readonly kind: 'usage' },
  { namespace, name, place, containers }: UsedPod,
): PodMetrics {
  const cpu = `${cpuMilli[place % cpuMilli.length] ?? 0}m`;
  const isPartial = partialPlaces.includes(place);
  return {
    namespace,
    name,
    labels: { app: 'story' },
    atMs: Date.now() - ageMs,
    windowMs,
    containers: containers.map((container, index) => ({
      name: container,
      usage: isPartial && index === containers.length - 1 ? { memory } : { cpu: index === 0 ? cpu : '7m', memory },
    })),
  };
}

function podValues(
  pods: readonly KnownPod[],
  values: readonly string[],
  { namespace, metric }: { readonly namespace: string; readonly metric: string },
): readonly ObjectMetricValue[] {
  if (values.length === 0) return [];
  return pods
    .filter(({ isListed }) => isListed)
    .map(({ name }, place) => ({
      ...objectValue({ kind: 'Pod', name, metric, value: values[place % values.length] ?? '0' }),
      describedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name },
    }));
}

function objectValue(of: {
  readonly kind: string;
  readonly name: string;
  readonly metric: string;
  readonly value: string;
}): ObjectMetricValue {
  const { kind, name, metric, value } = of;
  return { describedObject: { apiVersion: 'v1', kind, name }, metric, atMs: Date.now(), windowMs: null, value };
}

function valuesOf(answer: NamedAnswer | undefined): readonly string[] {
  if (answer === undefined) throw new Failure('notFound', 'no such metric');
  if (answer.kind === 'values') return answer.values;
  refuse(answer);
  return [];
}

function refuse({ kind }: Unanswered): void {
  if (kind === 'unknown') throw new Failure('notFound', 'no such metric');
  if (kind === 'refused') throw new Failure('unavailable', 'the store is asleep');
  if (kind === 'broken') throw new Error('the store is broken');
}
