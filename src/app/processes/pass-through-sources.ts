import { readFile } from 'node:fs/promises';
import type { IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { CUSTOM_METRICS_GROUP } from '../../metrics/serve/custom-metrics.ts';
import { EXTERNAL_METRICS_GROUP } from '../../metrics/serve/external-metrics.ts';
import { createPassThrough } from '../../metrics/source/pass-through.ts';
import type { ExternalMetricsSource, MetricsSource } from '../../metrics/source/port.ts';
import { createOutbound } from '../../platform/http/outbound.ts';
import type { PassThroughConfig } from '../config/pass-through-flags.ts';
import { orderSources } from './ordered-metrics.ts';
import { readFailure } from './read-failure.ts';

/** What rules do not make comes from another server. */
export interface PassedSources {
  /** The APIs that the other server answers, by name. */
  readonly apis: readonly string[];
  /** These sources, those of HPAs' own queries first, and behind them the other server's. */
  behind(own: MetricsSource, annotations?: ExternalMetricsSource): MetricsSource;
  close(): Promise<void>;
}

/** Longest wait for the other server; HPAs wait not much longer. */
const DEADLINE_MS = 10_000;

/** Opens a way to another server. Throws Failure naming the file that cannot be read. */
export async function openPassThrough(
  config: PassThroughConfig,
  { ioClock, log, userAgent }: { readonly ioClock: IoClock; readonly log: Log; readonly userAgent: string },
): Promise<PassedSources> {
  const { url, caFile, tokenFile, clientCertificate, isCallerNamed } = config;
  const tls = {
    ...(caFile === null ? {} : { certificateAuthority: await readText('--pass-through-ca-file', caFile) }),
    ...(clientCertificate === null
      ? {}
      : {
          certificate: await readText('--pass-through-client-cert-file', clientCertificate.certFile),
          privateKey: await readText('--pass-through-client-key-file', clientCertificate.keyFile),
        }),
  };
  const outbound = createOutbound({ ioClock, tls });
  const name = new URL(url).host;
  const token = async () => (await readText('--pass-through-token-file', tokenFile ?? '')).trim();
  const passed = createPassThrough({
    name,
    url,
    outbound,
    ...(tokenFile === null ? {} : { token }),
    isCallerNamed,
    ioClock,
    deadlineMs: DEADLINE_MS,
    userAgent,
  });
  return {
    apis: [
      ...(config.isCustom ? [CUSTOM_METRICS_GROUP.name] : []),
      ...(config.isExternal ? [EXTERNAL_METRICS_GROUP.name] : []),
    ],
    behind: (rules, annotations) =>
      orderSources(
        {
          rules,
          ...(annotations === undefined ? {} : { annotations }),
          other: {
            name,
            ...(config.isCustom ? { custom: passed.custom } : {}),
            ...(config.isExternal ? { external: passed.external } : {}),
          },
        },
        log,
      ),
    close: () => outbound.close(),
  };
}

async function readText(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw readFailure(`${flag}=${path}`, thrown);
  }
}
