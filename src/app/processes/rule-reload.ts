import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ConfigFile } from '../../metrics/adapter/compiled-config.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import { parseRuleFiles, type RuleFile, readRuleFiles } from './rule-files.ts';

/** What rules are followed with. */
export interface RuleReloadOptions {
  readonly path: string;
  /** As they were read at the start. */
  readonly files: readonly RuleFile[];
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Takes good rules into use. */
  readonly onChange: (files: readonly ConfigFile[]) => void;
}

/** Mounted ConfigMaps reach their files within about a minute; what is edited by hand is wanted sooner. */
const RECHECK_MS = 5_000;

/**
 * Reads the rules again every few seconds and hands on what changed. Rules that are bad are told of once, and the last good
 * ones stay; contents are compared, because mounted ConfigMaps change by a symbolic link that no file watch sees.
 */
export function followRuleFiles(options: RuleReloadOptions): Release {
  const { path, ioClock, log, telemetry, onChange } = options;
  const reloads = telemetry.counter({
    name: 'podtide_adapter_rule_reloads_total',
    help: 'Changes of the rule files, by whether they could be taken into use.',
    labels: ['result'],
  });
  const state = telemetry.gauge({
    name: 'podtide_adapter_rules_current',
    help: '1 when the rules in use are those of the files, 0 when the files are bad and the last good ones are in use.',
  });
  state.set(1);
  let seen = textOf(options.files);
  // What was found last: a file that is being written is looked at again before it is believed.
  let found = seen;
  let isStopped = false;
  let cancel: Release = () => {};
  const refuse = (thrown: unknown): void => {
    reloads.add({ result: 'refused' });
    state.set(0);
    log.error('the rules have changed and are bad; the last good ones stay in use', {
      error: errorText(thrown),
      ...(thrown instanceof Failure ? { hint: thrown.hint } : {}),
    });
  };
  const look = async (): Promise<void> => {
    let files: readonly RuleFile[];
    try {
      files = await readRuleFiles(path);
    } catch (thrown) {
      if (seen !== errorText(thrown)) refuse(thrown);
      seen = errorText(thrown);
      return;
    }
    const text = textOf(files);
    const isSettled = text === found;
    found = text;
    if (!isSettled || text === seen || isStopped) return;
    seen = text;
    try {
      onChange(parseRuleFiles(files));
    } catch (thrown) {
      refuse(thrown);
      return;
    }
    reloads.add({ result: 'taken' });
    state.set(1);
    log.info('the rules have changed and are in use', { files: files.map((file) => file.path) });
  };
  const recheck = async (): Promise<void> => {
    await look();
    if (!isStopped) schedule();
  };
  // The promise goes to the clock: a virtual one waits for it, a real one has no use for it, and it never rejects.
  const schedule = (): void => {
    cancel = ioClock.after(RECHECK_MS, recheck);
  };
  schedule();
  return () => {
    isStopped = true;
    cancel();
  };
}

function textOf(files: readonly RuleFile[]): string {
  return JSON.stringify(files);
}
