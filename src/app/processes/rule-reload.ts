import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ConfigFile } from '../../metrics/adapter/compiled-config.ts';
import type { Telemetry, TelemetryCounter, TelemetryGauge } from '../../platform/telemetry/registry.ts';
import { parseRuleFiles, type RuleFile, readRuleFiles } from './rule-files.ts';

/** What rules are followed with. */
export interface RuleReloadOptions {
  readonly path: string;
  /** As they were read at the start. */
  readonly files: readonly RuleFile[];
  /** The names that rules may call their Prometheus; none when absent. */
  readonly backends?: readonly string[];
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Takes good rules into use. What it throws is told, and tried again unless it is Failure('invalid'). */
  readonly onChange: (files: readonly ConfigFile[]) => void | Promise<void>;
}

/** Mounted ConfigMaps reach their files within about a minute; what is edited by hand is wanted sooner. */
const RECHECK_MS = 5_000;

/**
 * Reads the rules again every few seconds and hands on what changed. Rules that cannot be used are told of once, and the last
 * good ones stay; contents are compared, because mounted ConfigMaps change by a symbolic link that no file watch sees.
 */
export function followRuleFiles(options: RuleReloadOptions): Release {
  const reload = new RuleReload(options);
  reload.start();
  return () => reload.stop();
}

class RuleReload {
  readonly #options: RuleReloadOptions;
  readonly #reloads: TelemetryCounter;
  readonly #state: TelemetryGauge;
  /** What is in use, or was refused and stays so; empty when the files are to be tried again whatever is in them. */
  #seen: string;
  /** What was found last: a file that is being written is looked at again before it is believed. */
  #found: string;
  /** The refusal that was told last, with the files that it is about; empty when the rules in use are those of the files. */
  #refused = '';
  #isStopped = false;
  #cancel: Release = () => {};

  constructor(options: RuleReloadOptions) {
    const { telemetry, files } = options;
    this.#options = options;
    this.#seen = textOf(files);
    this.#found = this.#seen;
    this.#reloads = telemetry.counter({
      name: 'podtide_adapter_rule_reloads_total',
      help: 'Changes of the rule files, by whether they could be taken into use.',
      labels: ['result'],
    });
    this.#state = telemetry.gauge({
      name: 'podtide_adapter_rules_current',
      help: '1 when the rules in use are those of the files, 0 when those cannot be used and the last good ones are in use.',
    });
    this.#state.set(1);
  }

  /** The promise goes to the clock: a virtual one waits for it, a real one has no use for it, and it never rejects. */
  start(): void {
    this.#cancel = this.#options.ioClock.after(RECHECK_MS, async () => {
      await this.#look();
      if (!this.#isStopped) this.start();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    let files: readonly RuleFile[];
    try {
      files = await readRuleFiles(this.#options.path);
    } catch (thrown) {
      this.#refuse(thrown);
      this.#seen = '';
      return;
    }
    const text = textOf(files);
    const isSettled = text === this.#found;
    this.#found = text;
    if (!isSettled || text === this.#seen || this.#isStopped) return;
    this.#seen = text;
    await this.#take(files);
  }

  async #take(files: readonly RuleFile[]): Promise<void> {
    try {
      await this.#options.onChange(parseRuleFiles(files, this.#options.backends));
    } catch (thrown) {
      if (this.#isStopped) return;
      this.#refuse(thrown);
      // Bad rules stay bad until the files change; a right may be granted, and an API server come back.
      if (thrown instanceof Failure && thrown.kind !== 'invalid') this.#seen = '';
      return;
    }
    this.#refused = '';
    this.#reloads.add({ result: 'taken' });
    this.#state.set(1);
    this.#options.log.info('the rules have changed and are in use', { files: files.map((file) => file.path) });
  }

  #refuse(thrown: unknown): void {
    const refused = `${this.#found}\n${errorText(thrown)}`;
    if (refused === this.#refused) return;
    this.#refused = refused;
    this.#reloads.add({ result: 'refused' });
    this.#state.set(0);
    this.#options.log.error('the rules have changed and cannot be used; the last good ones stay in use', {
      error: errorText(thrown),
      ...(thrown instanceof Failure ? { hint: thrown.hint } : {}),
    });
  }
}

function textOf(files: readonly RuleFile[]): string {
  return JSON.stringify(files);
}
