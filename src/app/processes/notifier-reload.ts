import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import { type NotifierConfig, parseNotifierConfig } from '../config/notifier/notifier-config.ts';
import { readNotifierText } from './notifier-plan.ts';

/** What a configuration is followed with. */
export interface NotifierReloadOptions {
  readonly path: string;
  /** As it was read at the start. */
  readonly text: string;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Takes a good one into use. What it throws as Failure is told, and tried again. */
  readonly onChange: (config: NotifierConfig) => Promise<void>;
}

/** Mounted ConfigMaps reach their files within about a minute; what is edited by hand is wanted sooner. */
const RECHECK_MS = 5_000;

/**
 * Reads the file again every few seconds and hands on what changed. One that cannot be used is told of once, and the last
 * good one stays in use.
 */
export function followNotifierConfig({
  path,
  text,
  ioClock,
  log,
  telemetry,
  onChange,
}: NotifierReloadOptions): Release {
  const reloads = telemetry.counter({
    name: 'podtide_notifier_config_reloads_total',
    help: 'Changes of the configuration, by whether they could be taken into use.',
    labels: ['result'],
  });
  const isCurrent = telemetry.gauge({
    name: 'podtide_notifier_config_current',
    help: '1 when the configuration in use is that of the file, 0 when that cannot be used and the last good one is in use.',
  });
  isCurrent.set(1);
  let [used, found, refused] = [text, text, ''];
  let isStopped = false;
  let cancel: Release = () => {};
  const look = async (): Promise<void> => {
    try {
      const now = await readNotifierText(path);
      // A file that is being written is looked at again before it is believed.
      const isSettled = now === found;
      found = now;
      if (!isSettled || isStopped) return;
      if (now === used) {
        // A change that could not be used has been taken back.
        refused = '';
        isCurrent.set(1);
        return;
      }
      await onChange(parseNotifierConfig(path, now));
      [used, refused] = [now, ''];
      reloads.add({ result: 'taken' });
      isCurrent.set(1);
      log.info('the configuration has changed and is in use');
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const reason = `${found}\n${errorText(thrown)}`;
      if (reason === refused || isStopped) return;
      refused = reason;
      reloads.add({ result: 'refused' });
      isCurrent.set(0);
      const problem = { error: errorText(thrown), ...(thrown.hint === undefined ? {} : { hint: thrown.hint }) };
      log.error('the configuration has changed and cannot be used; the last good one stays in use', problem);
    }
  };
  const later = (): void => {
    // The promise goes to the clock: a virtual one waits for it.
    cancel = ioClock.after(RECHECK_MS, async () => {
      await look();
      if (!isStopped) later();
    });
  };
  later();
  return () => {
    isStopped = true;
    cancel();
  };
}
