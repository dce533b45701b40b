import { buildCommand, buildRouteMap } from '@stricli/core';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { Silence } from '../../people/notify/delivery/silence.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { SilenceFlag, SilencePlaceFlag, Typed } from '../config/notify-config.ts';
import { silenceText } from '../config/silence-text.ts';
import type { ReadSilences } from '../processes/silence-map.ts';
import type { CliContext } from './context.ts';
import { flagHelp } from './flag-help.ts';
import { writeSafely } from './safe-output.ts';

const PLACE_BRIEFS: Readonly<Record<SilencePlaceFlag, string>> = {
  kubeconfig: 'kubeconfig file; KUBECONFIG, the pod’s account or ~/.kube/config when absent',
  context: 'context of the kubeconfig',
  'own-namespace': 'where the notifier is (default podtide-system)',
};

const ADD_BRIEFS: Readonly<Record<SilenceFlag, string>> = {
  for: 'how long, for example 2h',
  namespaces: 'of HPAs, joined by commas; * stands for anything',
  types: 'of notices, joined by commas, for example scale.*',
  severities: 'info, warning, critical, joined by commas',
  kinds: 'of targets, joined by commas, for example Deployment',
  labels: 'selector on the labels of HPAs',
  author: 'whose silence it is; USER when absent',
  comment: 'why',
  ...PLACE_BRIEFS,
};

function flagsOf(briefs: Readonly<Record<string, string>>): never {
  return Object.fromEntries(Object.entries(briefs).map(([flag, brief]) => [flag, flagHelp({}, brief)])) as never;
}

const loaded = async () => {
  const [{ parseSilenceOrder, parseSilencePlace }, { addSilence, endSilence, listSilences }, { withSilenceCluster }] =
    await Promise.all([
      import('../config/notify-config.ts'),
      import('../processes/silence-map.ts'),
      import('../processes/silence-cluster.ts'),
    ]);
  return { parseSilenceOrder, parseSilencePlace, addSilence, endSilence, listSilences, withSilenceCluster };
};

const addCommand = buildCommand<Typed<SilenceFlag>, [], CliContext>({
  docs: {
    brief: 'Keep notices back for a while, for example during a release',
    fullDescription: 'At least one condition is needed; all that are given must hold. Prints the id of the silence.',
  },
  parameters: { flags: flagsOf(ADD_BRIEFS) },
  func: async function (this: CliContext, flags: Typed<SilenceFlag>): Promise<void> {
    const { parseSilenceOrder, addSilence, withSilenceCluster } = await loaded();
    const { match, durationMs, author, comment, ...place } = parseSilenceOrder(flags, this.environment);
    const ioClock = createSystemClock();
    const startsAtMs = Math.floor(ioClock.wallMs() / 1000) * 1000;
    const id = startsAtMs.toString(36);
    const silence: Silence = { id, match, startsAtMs, endsAtMs: startsAtMs + durationMs, author, comment };
    await withSilenceCluster(place, this.environment, ioClock, (client) =>
      addSilence(client, place.namespace, silence, startsAtMs),
    );
    await writeSafely(this.process.stdout, `${id} until ${formatRfc3339(silence.endsAtMs)}\n`);
  },
});

const listCommand = buildCommand<Typed<SilencePlaceFlag>, [], CliContext>({
  docs: { brief: 'Show the silences that have not ended' },
  parameters: { flags: flagsOf(PLACE_BRIEFS) },
  func: async function (this: CliContext, flags: Typed<SilencePlaceFlag>): Promise<void> {
    const { parseSilencePlace, listSilences, withSilenceCluster } = await loaded();
    const place = parseSilencePlace(flags);
    const ioClock = createSystemClock();
    const read = await withSilenceCluster(place, this.environment, ioClock, (client) =>
      listSilences(client, place.namespace),
    );
    await writeSafely(this.process.stdout, silenceLines(read, ioClock.wallMs()));
    for (const problem of read.problems) await writeSafely(this.process.stderr, `${problem}\n`);
  },
});

const endCommand = buildCommand<Typed<SilencePlaceFlag>, [id: string], CliContext>({
  docs: { brief: 'End a silence now' },
  parameters: {
    flags: flagsOf(PLACE_BRIEFS),
    positional: { kind: 'tuple', parameters: [{ brief: 'id of the silence', parse: String, placeholder: 'id' }] },
  },
  func: async function (this: CliContext, flags: Typed<SilencePlaceFlag>, id: string): Promise<void> {
    const { parseSilencePlace, endSilence, withSilenceCluster } = await loaded();
    const place = parseSilencePlace(flags);
    await withSilenceCluster(place, this.environment, createSystemClock(), (client) =>
      endSilence(client, place.namespace, id),
    );
    await writeSafely(this.process.stdout, `${id} has ended\n`);
  },
});

/** One line each: the id, the end, what is kept back, who said so and why. */
export function silenceLines({ silences }: ReadSilences, nowMs: number): string {
  const current = silences.filter(({ endsAtMs }) => endsAtMs > nowMs).toSorted((a, b) => a.endsAtMs - b.endsAtMs);
  return current
    .map((silence) => {
      const { id, endsAtMs, author, comment } = silence;
      const { match } = JSON.parse(silenceText(silence)) as { readonly match: object };
      const who = author === '' ? '' : ` ${author}:`;
      return `${id} until ${formatRfc3339(endsAtMs)} ${JSON.stringify(match)}${who} ${comment}\n`;
    })
    .join('');
}

/** `podtide notify silence`. Silences stand in a ConfigMap, so that whoever may write it may put one. */
export const notifySilenceRoutes = buildRouteMap({
  routes: { add: addCommand, list: listCommand, end: endCommand },
  docs: { brief: 'Keep notices back for a while' },
});
