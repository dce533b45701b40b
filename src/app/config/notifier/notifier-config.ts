import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { DetectOptions } from '../../../core/episode/options.ts';
import { decisionLinkProblem } from '../../../people/notify/decision-link.ts';
import type { Route } from '../../../people/notify/delivery/route.ts';
import type { DailyTime } from '../../../people/notify/local-time.ts';
import { PlacedYaml, problemsOf } from '../placed-yaml.ts';
import { detectSettings } from './detect-settings.ts';
import { referenceProblems } from './route-checks.ts';
import { language, minuteOfDay, type RouteEntry, routeSettings, settingName, timeZone } from './route-settings.ts';
import { duration, type SecretReference, text, truth } from './setting-values.ts';
import { type SinkEntry, sinkSettings } from './sink-settings.ts';

/** What a notifier watches for, and whom it tells. */
export interface NotifierConfig {
  readonly cluster: { readonly id: string; readonly displayName: string };
  readonly detect: DetectOptions;
  /** By their names, in the order of the file. Files of secrets are absolute paths. */
  readonly sinks: ReadonlyMap<string, SinkEntry>;
  readonly routes: readonly ConfiguredRoute[];
  /** Whether only HPAs are told of that ask for it by their label. */
  readonly mustAsk: boolean;
  readonly expireAfterMs: number;
  readonly onDoubt: 'resend' | 'drop';
  /** When a sign of life is given, day by day; null: never. */
  readonly heartbeat: DailyTime | null;
  /** The address of what shows a decision, with places for what it is about; null: messages have no link. */
  readonly decisionUrl: string | null;
}

/** A route but for mobile numbers that are yet to be read. */
export type ConfiguredRoute = Omit<Route, 'mention'> & {
  readonly mention: Route['mention'] & { readonly mobilesRef: SecretReference | null };
};

/**
 * Reads a notifier's configuration. Files that it names are meant relative to its own folder. `path` is what messages
 * name.
 *
 * @throws Failure('invalid') with all that is wrong in it, each with its line and column.
 */
export function parseNotifierConfig(path: string, text: string): NotifierConfig {
  const file = new PlacedYaml(path, text, 'docs/reference/en/notifier-config.md says what can be said');
  const parsed = FILE.safeParse(file.value ?? {});
  const problems = [...(parsed.success ? [] : problemsOf(parsed.error)), ...referenceProblems(file.value)];
  if (!parsed.success || problems.length > 0) throw file.failure(problems);
  return configOf(parsed.data, dirname(resolve(path)));
}

const decisionUrl = text.superRefine((template, context) => {
  const message = decisionLinkProblem(template);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const FILE = z.strictObject(
  {
    cluster: z.strictObject({ id: text, displayName: text.optional() }, 'must be a mapping with the id of the cluster'),
    language: language.default('en'),
    timezone: timeZone.default('UTC'),
    onlyLabelled: truth.default(false),
    expireAfter: duration(60_000, 604_800_000, 'must be a duration from 1m to 168h, such as 24h').default(86_400_000),
    possibleDuplicates: z.enum(['resend', 'drop'], 'must be resend or drop').default('resend'),
    heartbeat: minuteOfDay.nullable().default(null),
    decisionUrl: decisionUrl.optional(),
    detect: detectSettings.prefault({}),
    sinks: z
      .record(settingName, sinkSettings, 'must be a mapping of names to sinks')
      .refine((sinks) => Object.keys(sinks).length > 0, 'must have at least one sink'),
    routes: z.array(routeSettings, 'must be a list of routes').min(1, 'must have at least one route'),
  },
  'must be a mapping',
);

function configOf(file: z.output<typeof FILE>, folder: string): NotifierConfig {
  const { cluster, detect, sinks, routes, onlyLabelled, expireAfter, possibleDuplicates, heartbeat, timezone } = file;
  return {
    cluster: { id: cluster.id, displayName: cluster.displayName ?? cluster.id },
    detect,
    sinks: new Map(Object.entries(sinks).map(([name, sink]) => [name, withAbsoluteFiles(sink, folder)])),
    routes: routes.map((route, index) => routeOf(route, index, file, folder)),
    mustAsk: onlyLabelled,
    expireAfterMs: expireAfter,
    onDoubt: possibleDuplicates,
    decisionUrl: file.decisionUrl ?? null,
    heartbeat: heartbeat === null ? null : { minute: heartbeat, timeZone: timezone },
  };
}

function routeOf(
  route: RouteEntry,
  index: number,
  whole: Pick<z.output<typeof FILE>, 'language' | 'timezone'>,
  folder: string,
): ConfiguredRoute {
  const { mention } = route;
  return {
    name: route.name ?? `route-${index + 1}`,
    match: route.match,
    sinks: route.sinks,
    isContinued: route.continue,
    language: route.language ?? whole.language,
    timeZone: route.timezone ?? whole.timezone,
    mention: { ...mention, mobilesRef: mention.mobilesRef === null ? null : absolute(mention.mobilesRef, folder) },
    group: route.group,
    quiet: route.quiet,
    fallback: route.fallback,
  };
}

/** References stand in keys that end with `Ref`, whatever the kind of sink. */
function withAbsoluteFiles(sink: SinkEntry, folder: string): SinkEntry {
  const entries = Object.entries(sink).map(([key, value]) => [
    key,
    key.endsWith('Ref') && value !== undefined ? absolute(value as SecretReference, folder) : value,
  ]);
  return Object.fromEntries(entries) as SinkEntry;
}

function absolute(reference: SecretReference, folder: string): SecretReference {
  return 'file' in reference ? { file: resolve(folder, reference.file) } : reference;
}
