import { readFile } from 'node:fs/promises';
import type { IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { explainSourceFinding } from '../../core/explain/source-finding.ts';
import { CUSTOM_METRICS_GROUP } from '../../metrics/serve/custom-metrics.ts';
import { EXTERNAL_METRICS_GROUP } from '../../metrics/serve/external-metrics.ts';
import {
  createOrderedCustomSource,
  createOrderedExternalSource,
  type NamedSource,
  type OrderedSource,
} from '../../metrics/source/ordered-sources.ts';
import { createPassThrough } from '../../metrics/source/pass-through.ts';
import type { CustomMetricsSource, ExternalMetricsSource, MetricsSource } from '../../metrics/source/port.ts';
import { createOutbound } from '../../platform/http/outbound.ts';
import type { PassThroughConfig } from '../config/pass-through-flags.ts';
import { readFailure } from './read-failure.ts';

/** What rules do not make comes from another server. */
export interface PassedSources {
  /** The APIs that the other server answers, by name. */
  readonly apis: readonly string[];
  /** These sources, and behind them the other server's. */
  behind(own: MetricsSource): MetricsSource;
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
    behind: ({ custom, external, resource }) => ({
      ...(resource === undefined ? {} : { resource }),
      ...customOf(config.isCustom ? listOf(custom, name, passed.custom) : listOf(custom), log),
      ...externalOf(config.isExternal ? listOf(external, name, passed.external) : listOf(external), log),
    }),
    close: () => outbound.close(),
  };
}

function customOf(sources: readonly NamedSource<CustomMetricsSource>[], log: Log): Pick<MetricsSource, 'custom'> {
  if (sources.length === 0) return {};
  const ordered = createOrderedCustomSource(sources);
  const tell = findingsTeller(ordered, log);
  return {
    custom: { ...ordered.source, listMetrics: (signal) => ordered.source.listMetrics(signal).finally(tell) },
  };
}

function externalOf(sources: readonly NamedSource<ExternalMetricsSource>[], log: Log): Pick<MetricsSource, 'external'> {
  if (sources.length === 0) return {};
  const ordered = createOrderedExternalSource(sources);
  const tell = findingsTeller(ordered, log);
  return {
    external: { ...ordered.source, listMetrics: (signal) => ordered.source.listMetrics(signal).finally(tell) },
  };
}

/** The rules come first, so that what they make is theirs. */
function listOf<Source>(own: Source | undefined, name?: string, other?: Source): readonly NamedSource<Source>[] {
  return [
    ...(own === undefined ? [] : [{ name: 'the rules', source: own }]),
    ...(name === undefined || other === undefined ? [] : [{ name, source: other }]),
  ];
}

/** Tells what is to be told of a list, when that has changed. */
function findingsTeller(ordered: Pick<OrderedSource<unknown>, 'findings'>, log: Log): () => void {
  let told = '';
  return () => {
    const findings = ordered.findings();
    const text = JSON.stringify(findings);
    if (text === told) return;
    told = text;
    for (const finding of findings) {
      const { text: said, remedy } = explainSourceFinding(finding, 'en');
      log.warn(said, { hint: remedy });
    }
  };
}

async function readText(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw readFailure(`${flag}=${path}`, thrown);
  }
}
