import type { Clock, Release } from '../../../base/clock.ts';
import { errorText, Failure } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import type { KubeClient } from '../../../platform/kube/client.ts';
import type { Discovery } from '../../../platform/kube/discovery.ts';
import type { PrometheusClient } from '../../prometheus/client.ts';
import type { CustomMetricsSource, ExternalMetricsSource, ResourceMetricsSource } from '../../source/port.ts';
import { type CompiledConfig, type CompiledConfigResult, type ConfigFile, compileConfig } from '../compiled-config.ts';
import { mayMake } from '../rule-outputs.ts';
import { discoverySelectors } from '../series.ts';
import { ClusterKinds } from './cluster-kinds.ts';
import { CollectedSeries } from './collected-series.ts';
import { createCustomSource } from './custom-source.ts';
import { createExternalSource } from './external-source.ts';
import { backoffMs, type ListingChange, ListingPlan, type Selectors } from './listing-plan.ts';
import type { MeasuredObjects } from './measured-objects.ts';
import type { MetricDemand } from './metric-demand.ts';
import { createResourceSource } from './resource-source.ts';
import { makeRuleBook, type RuleBook } from './rule-book.ts';
import { ToldFailures } from './told-failures.ts';

/** What an adapter is made of. */
export interface AdapterSourceOptions {
  readonly files: readonly ConfigFile[];
  /** By the names that rules give them; null is the one that is meant where none is named. */
  readonly prometheus: { get(backend: string | null): Pick<PrometheusClient, 'query' | 'series'> };
  readonly discovery: Discovery;
  readonly objects: Pick<KubeClient, 'list'>;
  /** Where running pods and nodes are known, for `resourceRules`. */
  readonly measured: MeasuredObjects;
  /** From the end of one listing of series to the next. */
  readonly relistIntervalMs: number;
  /** How old the last sample of a series may be for its metric to be there. */
  readonly maxAgeMs: number;
  /** Whose metrics' series alone are listed; those of all rules when absent. */
  readonly demand?: MetricDemand;
  /** For how many further lists a series stays that they do not have; 0, as upstream, when absent. */
  readonly keptListsCount?: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is known of discovery, for telemetry. */
export interface AdapterStanding {
  readonly customMetricsCount: number;
  readonly externalMetricsCount: number;
  /** Metrics beyond the bound, which nobody can ask for. */
  readonly leftOutCount: number;
  readonly seriesCount: number;
  /** Selectors whose last listing has failed. */
  readonly failingSelectorsCount: number;
  /** When all selectors were last listed well, epoch ms; null before the first time. */
  readonly listedAtMs: number | null;
}

/** The metrics APIs by rules, kept up to date. */
export interface AdapterSource {
  readonly custom: CustomMetricsSource;
  readonly external: ExternalMetricsSource;
  readonly resource: ResourceMetricsSource;
  /** Begins to look for kinds and series; until some are found nothing is listed. */
  start(): void;
  /** Takes other rules into use, when they are good; what the old ones found stays until the new ones have found theirs. */
  adopt(files: readonly ConfigFile[]): CompiledConfigResult;
  standing(): AdapterStanding;
  /** Ends what is under way. */
  stop(): void;
}

/** Kinds come with custom resources; new ones are found this soon. */
const KINDS_MS = 60_000;

/** What rules of resources make, as it is called in the log. */
const USAGE = 'cpu and memory';

/** Makes an adapter. Throws Failure('invalid') when the rules are bad, which whoever loads them has told before. */
export function createAdapterSource(options: AdapterSourceOptions): AdapterSource {
  return new RuledSource(options);
}

class RuledSource implements AdapterSource {
  readonly custom: CustomMetricsSource;
  readonly external: ExternalMetricsSource;
  readonly resource: ResourceMetricsSource;
  readonly #options: AdapterSourceOptions;
  readonly #kinds: ClusterKinds;
  readonly #series: CollectedSeries;
  readonly #stopping = new AbortController();
  readonly #plan: ListingPlan;
  #files: readonly ConfigFile[];
  /** The rules that are wanted; the book has them once their series were asked for. */
  #compiled: CompiledConfig;
  #book: RuleBook;
  #isBookBehind = false;
  #kindsFailuresCount = 0;
  #cancelKinds: Release = () => {};
  #cancelListing: Release = () => {};
  #forgetDemand: Release = () => {};

  constructor(options: AdapterSourceOptions) {
    const { prometheus, clock, objects, measured, files, log } = options;
    this.#options = options;
    this.#files = files;
    this.#kinds = new ClusterKinds(options.discovery);
    this.#series = new CollectedSeries({ keptListsCount: 0, ...options });
    this.#plan = new ListingPlan(options.relistIntervalMs);
    this.#compiled = this.#compile();
    this.#book = makeRuleBook(this.#compiled, this.#series.found, this.#kinds.mapper);
    const told = new ToldFailures(log, clock);
    const onWarnings = (query: string, warnings: readonly string[]): void => told.warned(query, warnings);
    const ports = { prometheus, clock, book: () => this.#book, onWarnings };
    const custom = createCustomSource({ ...ports, objects });
    const external = createExternalSource(ports);
    this.custom = {
      ...custom,
      getValues: (query, signal) => told.watch(query.metric, custom.getValues(query, signal), signal),
    };
    this.external = {
      ...external,
      getValues: (query, signal) => told.watch(query.metric, external.getValues(query, signal), signal),
    };
    this.resource = createResourceSource({
      ...ports,
      objects: measured,
      onFailure: (failure) => told.failed(USAGE, failure),
      onAnswer: () => told.answered(USAGE),
    });
  }

  start(): void {
    this.#forgetDemand = this.#options.demand?.subscribe(() => this.#followDemand()) ?? this.#forgetDemand;
    this.#cancelKinds = this.#options.clock.after(0, () => this.#readKinds());
  }

  adopt(files: readonly ConfigFile[]): CompiledConfigResult {
    const result = compileConfig(files, this.#kinds.mapper);
    if (result.kind === 'refused') return result;
    this.#files = files;
    this.#compiled = result.compiled;
    this.#isBookBehind = true;
    this.#planListing();
    this.#renewBook(false);
    return result;
  }

  standing(): AdapterStanding {
    const { customMetrics, externalMetrics, custom, external } = this.#book;
    return {
      customMetricsCount: customMetrics.length,
      externalMetricsCount: externalMetrics.length,
      leftOutCount: custom.leftOutCount + external.leftOutCount,
      seriesCount: this.#series.seriesCount,
      failingSelectorsCount: this.#plan.failingCount,
      listedAtMs: this.#plan.listedAtMs,
    };
  }

  stop(): void {
    this.#stopping.abort(new Failure('unavailable', 'the adapter ends'));
    this.#forgetDemand();
    this.#cancelKinds();
    this.#cancelListing();
  }

  /** Bad rules never come here: they were compiled when they were taken. */
  #compile(): CompiledConfig {
    const result = compileConfig(this.#files, this.#kinds.mapper);
    if (result.kind === 'compiled') return result.compiled;
    throw new Failure('invalid', result.problems.map(({ file, path }) => `${file}: ${path}`).join('\n'));
  }

  #makeBook(): void {
    this.#isBookBehind = false;
    this.#book = makeRuleBook(this.#compiled, this.#series.found, this.#kinds.mapper, this.#book);
    this.#tellInactive();
  }

  async #readKinds(): Promise<void> {
    const { clock, log } = this.#options;
    try {
      const isChanged = await this.#kinds.read(this.#stopping.signal);
      this.#kindsFailuresCount = 0;
      if (isChanged) {
        this.#compiled = this.#compile();
        if (!this.#isBookBehind) this.#makeBook();
      }
      this.#planListing();
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return;
      this.#kindsFailuresCount += 1;
      log.warn('which kinds the cluster has was not read; what was known before counts', { error: errorText(thrown) });
    }
    const delayMs = this.#kindsFailuresCount === 0 ? KINDS_MS : backoffMs(this.#kindsFailuresCount, KINDS_MS);
    this.#cancelKinds = clock.after(delayMs, () => this.#readKinds());
  }

  /** Plans what is to be listed: new selectors at once, those that are gone not any more. */
  #planListing(): void {
    this.#plan.replan(this.#selectors(), this.#options.clock.nowMs());
    this.#waitForNext();
  }

  /** Those of all rules, or of the rules that may make what is asked for. */
  #selectors(): Selectors {
    const { custom, external } = this.#compiled;
    const { demand } = this.#options;
    if (demand === undefined) return discoverySelectors([...custom, ...external]);
    const { wanted } = demand;
    if (wanted === undefined) return new Map();
    return discoverySelectors([
      ...custom.filter((rule) => mayMake(rule, wanted.custom)),
      ...external.filter((rule) => mayMake(rule, wanted.external)),
    ]);
  }

  /** What nobody asks for any more goes at once. */
  #followDemand(): void {
    this.#planListing();
    this.#renewBook(this.#series.retain(this.#plan));
    const { custom, external } = this.#compiled;
    this.#options.log.info('HPAs ask for other metrics than before; their series alone are listed', {
      listedSelectorsCount: this.#plan.size,
      selectorsCount: discoverySelectors([...custom, ...external]).size,
    });
  }

  /** Other rules wait until each of their selectors was asked for; then whatever changes counts at once. */
  #renewBook(isChanged: boolean): void {
    if (this.#isBookBehind ? this.#plan.areAllAsked : isChanged) this.#makeBook();
  }

  #waitForNext(): void {
    const { clock } = this.#options;
    this.#cancelListing();
    const { dueAtMs } = this.#plan;
    if (dueAtMs === null || this.#stopping.signal.aborted) return;
    this.#cancelListing = clock.after(Math.max(0, dueAtMs - clock.nowMs()), () => this.#listDue());
  }

  async #listDue(): Promise<void> {
    const begun = this.#plan.begin(this.#options.clock.nowMs());
    // Others may be due while these are under way.
    this.#waitForNext();
    await Promise.all(begun.map((selectors) => this.#list(selectors)));
  }

  async #list(selectors: Selectors): Promise<void> {
    try {
      const { failures, isChanged } = await this.#series.list(selectors, this.#stopping.signal);
      const changes = this.#plan.end(selectors.keys(), failures, this.#options.clock.nowMs());
      for (const change of changes) this.#tell(change);
      this.#series.retain(this.#plan);
      this.#renewBook(isChanged);
    } catch (thrown) {
      if (!this.#stopping.signal.aborted) throw thrown;
    } finally {
      this.#waitForNext();
    }
  }

  /** Told when it changes: a failure that lasts is one line. */
  #tell({ selector, problem, thrown }: ListingChange): void {
    const { log } = this.#options;
    const { backend, seriesQuery } = selector;
    const of = backend === null ? { seriesQuery } : { prometheus: backend, seriesQuery };
    if (problem === '') {
      log.info('the series of a rule are listed again', of);
      return;
    }
    const hint = thrown instanceof Failure && thrown.hint !== undefined ? { hint: thrown.hint } : {};
    log.warn('the series of a rule were not listed; those that it found before stay, other rules are not touched', {
      ...of,
      error: problem,
      ...hint,
    });
  }

  #tellInactive(): void {
    const { compiled } = this.#book;
    for (const { path, association } of [...compiled.custom, ...compiled.external]) {
      for (const { label, target } of association.inactive) {
        this.#options.log.debug('the cluster has no such kind yet; labels of it lead nowhere until it has', {
          rule: path,
          label,
          ...target,
        });
      }
    }
  }
}
