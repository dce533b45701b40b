import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../../base/failure.ts';
import { NOTIFIER_CONFIG_BYTES_MAX } from '../../base/notifier-limits.ts';
import type { Route } from '../../people/notify/delivery/route.ts';
import type { SinkEnvironment } from '../../people/sink/environment.ts';
import type { SecretRef } from '../../people/sink/secret-source.ts';
import type { Sink } from '../../people/sink/sink.ts';
import { createSink, type SinkSettings } from '../../people/sink/sink-kinds.ts';
import { type ConfiguredRoute, type NotifierConfig, parseNotifierConfig } from '../config/notifier/notifier-config.ts';
import type { SinkEntry } from '../config/notifier/sink-settings.ts';
import type { NotifierPlan } from './notifier-process.ts';
import { readFailure } from './read-failure.ts';

/** Reads the file of sinks and routes as a text. Throws Failure that names the file. */
export async function readNotifierText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > NOTIFIER_CONFIG_BYTES_MAX) {
      throw new Failure('invalid', `${path}: must not be larger than ${NOTIFIER_CONFIG_BYTES_MAX} bytes`);
    }
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw readFailure(`--config=${path}`, thrown);
  }
}

/** Reads and checks it. Throws Failure with all that is wrong, each with line and column. */
export async function readNotifierConfig(path: string): Promise<NotifierConfig> {
  return parseNotifierConfig(path, await readNotifierText(path));
}

/**
 * What a configuration comes to, with its secrets read once: throws Failure that names each sink which cannot be used as it
 * stands there.
 */
export async function planOf(
  config: NotifierConfig,
  environment: SinkEnvironment,
  signal: AbortSignal,
): Promise<NotifierPlan> {
  const problems: string[] = [];
  const named = async <T>(what: string, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      problems.push(`${what}: ${thrown.message}`);
      return undefined;
    }
  };
  const sinks = await Promise.all(
    [...config.sinks].map(([name, entry]) =>
      named(`sinks.${name}`, createSink(name, sinkSettingsOf(entry), environment)),
    ),
  );
  const routes = await Promise.all(
    config.routes.map((route) => named(`route ${route.name}`, routeOf(route, environment, signal))),
  );
  if (problems.length > 0) throw new Failure('invalid', problems.join('\n'));
  const usable = sinks.filter((sink): sink is Sink => sink !== undefined);
  const { cluster, detect, heartbeat, mustAsk, expireAfterMs, onDoubt } = config;
  return {
    detect,
    heartbeat: heartbeat ?? undefined,
    routing: {
      cluster: cluster.id,
      sinks: new Map(usable.map((sink) => [sink.name, sink])),
      routes: routes.filter((route): route is Route => route !== undefined),
      mustAsk,
      expireAfterMs,
      onDoubt,
    },
  };
}

/** What references to secrets are called where sinks are made. */
const SETTING_NAMES: Readonly<Record<string, string>> = {
  tokenRef: 'webhook',
  webhookRef: 'webhook',
  urlRef: 'url',
  secretRef: 'secret',
  authorizationRef: 'authorization',
  passwordRef: 'password',
  limit: 'quota',
};

/** A sink as the file has it, as its room takes it: the same under other names, without what is not said. */
export function sinkSettingsOf({ type: kind, ...entry }: SinkEntry): SinkSettings {
  const said = Object.entries(entry).filter(([, value]) => value !== undefined);
  const settings = said.map(([key, value]) => [SETTING_NAMES[key] ?? key, value]);
  return { kind, ...Object.fromEntries(settings) } as SinkSettings;
}

/** Mobile numbers by reference stand in one line, joined by commas or spaces. */
async function routeOf(route: ConfiguredRoute, { secrets }: SinkEnvironment, signal: AbortSignal): Promise<Route> {
  const { mobilesRef, ...mention } = route.mention;
  if (mobilesRef === null) return { ...route, mention };
  const { newest } = await secrets.read(mobilesRef as SecretRef, signal);
  const read = newest
    .reveal()
    .split(/[\s,]+/)
    .filter((mobile) => mobile !== '');
  return { ...route, mention: { ...mention, mobiles: [...mention.mobiles, ...read] } };
}
