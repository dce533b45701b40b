import type { HoldParams, OptionProblemParams, OptionSentences } from './option-sentences.ts';

/** Podtide's own options in English. */
export const OPTION_SENTENCES_EN: OptionSentences = {
  summary: ({ inForceCount, ignoredCount }) =>
    `${inForceCount} in force by annotation${ignoredCount === 0 ? '' : `, ${ignoredCount} ignored`}.`,
  inForce: {
    SyncPeriod: ({ duration }) => `sync-period: synced every ${duration}, as far as the controller keeps up.`,
    OwnerSelection: () => 'selection: only pods that the target owns count.',
    PausedUntil: ({ until, reason, isOver }) =>
      `paused-until: ${isOver ? `the pause ended at ${until}` : `no scale write before ${until}`}${because(reason)}.`,
    Warmup: ({ duration }) => `warmup: cpu of a pod counts from ${duration} after its start.`,
    MaxSampleAge: ({ duration }) => `max-sample-age: samples older than ${duration} are set aside.`,
    Query: ({ metric, promql, isDirect }) =>
      `query.${metric}: ${isDirect ? 'put to Prometheus' : 'left to whoever serves external metrics'}: ${promql}`,
  },
  foreignPods: ({ pods, count, owner }) =>
    `${podCount(count)} ${count === 1 ? 'matches' : 'match'} the selector but ${
      owner === null ? `${count === 1 ? 'has' : 'have'} no owner` : `${count === 1 ? 'belongs' : 'belong'} to ${owner}`
    }: ${pods}.`,
  ignored: {
    Duration: (of) => `${ignored(of)} must be a duration from ${of.min} to ${of.max}.`,
    Instant: (of) => `${ignored(of)} must be an instant such as 2026-01-31T18:00:00Z.`,
    Selection: (of) => `${ignored(of)} must be owner.`,
    TooLong: (of) => `${ignored(of)} must not be longer than ${of.lengthMax} characters.`,
    WithoutPause: (of) => `${ignored(of)} goes together with podtide.dev/paused-until.`,
    NoQuery: (of) => `${ignored(of)} must be PromQL such as sum(rate(http_requests_total[2m])).`,
    WithoutMetric: (of) => `${ignored(of)} goes together with a metric of type External that is called ${of.metric}.`,
    NamespaceNotListed: (of) =>
      `${ignored(of)} must not stand in the namespace ${of.namespace}, which is none of --query-annotation-namespaces.`,
    Unknown: (of) =>
      `${ignored(of)} is no option of this version${of.nearest === '' ? '' : `; ${of.nearest} is spelt alike`}.`,
  },
  holds: {
    Paused: (of) => `Paused until ${of.until}${because(of.reason)}: ${wanted(of)}.`,
    FleetNotSeen: (of) =>
      `${of.wantedReplicas} waits until ${of.until}: the scale-down breaker looks at every HPA before a scale down.`,
    CorrelatedScaleDown: (of) => `${fleet(of)} since ${of.since}: ${wanted(of)}. The drop is believed at ${of.until}.`,
  },
  holdClauses: {
    Paused: (of) => `paused until ${of.until}${because(of.reason)}${wouldGo(of)}`,
    FleetNotSeen: (of) => `the scale-down breaker looks at the other HPAs first${wouldGo(of)}`,
    CorrelatedScaleDown: (of) => `held by the scale-down breaker until ${of.until}, ${fleet(of)}${wouldGo(of)}`,
  },
  warmingUp: ({ until }) => `warming up (the last one until ${until})`,
  staleSamples: ({ maxAge, newestAge, pods, count }) =>
    `${count === 0 ? 'The value is' : `The ${count === 1 ? 'sample' : 'samples'} of ${podCount(count)} ${count === 1 ? 'is' : 'are'}`} older than ${maxAge} and set aside (${
      newestAge === '' ? 'of unknown age' : count > 1 ? `the newest ${newestAge} old` : `${newestAge} old`
    })${pods === '' ? '' : `: ${pods}`}.`,
};

function because(reason: string): string {
  return reason === '' ? '' : ` because “${reason}”`;
}

function wouldGo({ currentReplicas, wantedReplicas }: HoldParams): string {
  return wantedReplicas === null || wantedReplicas === currentReplicas ? '' : `; would go to ${wantedReplicas}`;
}

function wanted({ currentReplicas, wantedReplicas }: HoldParams): string {
  if (wantedReplicas === null) return 'no count is reached';
  return wantedReplicas === currentReplicas
    ? `${currentReplicas} is wanted anyway`
    : `${currentReplicas} stays, ${wantedReplicas} is wanted`;
}

function fleet({ wantDownCount, hpaCount, api, shareMax }: HoldParams): string {
  return `${wantDownCount} of ${hpaCount} HPAs on ${api} want down within a minute (more than ${shareMax})`;
}

function ignored({ annotation, value }: OptionProblemParams): string {
  return `Ignored: ${annotation}: “${value}”`;
}

function podCount(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}
