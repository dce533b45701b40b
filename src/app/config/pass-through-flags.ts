import { z } from 'zod';
import { type CertificateFiles, certificateFilesOf } from './aggregated-server-config.ts';
import { commaList } from './aggregated-server-flags.ts';
import { lastValue, switchValue, textValue } from './flag-values.ts';

/** APIs whose metrics another server may have too. */
const APIS = ['custom', 'external'] as const;

type PassedApi = (typeof APIS)[number];

const serverUrl = z.string().transform((text, context): string | null => {
  if (text === '') return null;
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === '' && url.search === '' && url.hash === '';
  if (isPlain && url.protocol === 'https:') return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  context.addIssue({
    code: 'custom',
    message: 'must be an https URL such as https://keda-operator-metrics-apiserver.keda.svc',
  });
  return z.NEVER;
});

/** The way to another server of the metrics APIs, for metrics that no rule makes. */
export const PASS_THROUGH_FLAGS = {
  'pass-through-url': lastValue(serverUrl).default(null),
  'pass-through-apis': commaList(
    (item): item is PassedApi => (APIS as readonly string[]).includes(item),
    'must be custom, external, or both joined by commas',
  ).default(['external']),
  'pass-through-ca-file': textValue.default(null),
  'pass-through-token-file': textValue.default(null),
  'pass-through-client-cert-file': textValue.default(null),
  'pass-through-client-key-file': textValue.default(null),
  'pass-through-caller': switchValue.default(false),
} as const;

/** The name of one of these flags. */
export type PassThroughFlag = keyof typeof PASS_THROUGH_FLAGS;

/** What they come to. */
export type ParsedPassThroughFlags = z.output<z.ZodObject<typeof PASS_THROUGH_FLAGS>>;

/** Those whose value is a file's name. */
export const PASS_THROUGH_FREE_TEXTS: readonly PassThroughFlag[] = [
  'pass-through-ca-file',
  'pass-through-token-file',
  'pass-through-client-cert-file',
  'pass-through-client-key-file',
];

/** Another server that is asked for what no rule makes. */
export interface PassThroughConfig {
  /** Without a slash at its end. */
  readonly url: string;
  readonly isCustom: boolean;
  readonly isExternal: boolean;
  /** Whose certificates are believed; the system's authorities when null. */
  readonly caFile: string | null;
  /** Read with every request. */
  readonly tokenFile: string | null;
  /** Read at the start. */
  readonly clientCertificate: CertificateFiles | null;
  /** Whether who asks is named as the aggregation layer does, by a server that takes our certificate for a front proxy's. */
  readonly isCallerNamed: boolean;
}

/** The other server that the flags name; null when they name none. */
export function passThroughOf(flags: ParsedPassThroughFlags): PassThroughConfig | null {
  const url = flags['pass-through-url'];
  if (url === null) return null;
  return {
    url,
    isCustom: flags['pass-through-apis'].includes('custom'),
    isExternal: flags['pass-through-apis'].includes('external'),
    caFile: flags['pass-through-ca-file'],
    tokenFile: flags['pass-through-token-file'],
    clientCertificate: certificateFilesOf(
      flags['pass-through-client-cert-file'],
      flags['pass-through-client-key-file'],
    ),
    isCallerNamed: flags['pass-through-caller'],
  };
}

/** Rules that span these flags. */
export function passThroughProblems(
  flags: ParsedPassThroughFlags,
  given: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const names = Object.keys(PASS_THROUGH_FLAGS).filter((name) => given.has(name) && name !== 'pass-through-url');
  if (flags['pass-through-url'] === null)
    return names.map((name) => `--${name}: goes together with --pass-through-url`);
  const problems: string[] = [];
  const [certFile, keyFile] = [flags['pass-through-client-cert-file'], flags['pass-through-client-key-file']];
  if ((certFile === null) !== (keyFile === null))
    problems.push('--pass-through-client-cert-file: goes together with --pass-through-client-key-file');
  if (flags['pass-through-caller'] && certFile === null)
    problems.push(
      '--pass-through-caller: goes together with --pass-through-client-cert-file, by which we are believed',
    );
  if (flags['pass-through-apis'].length === 0) problems.push('--pass-through-apis: must name at least one API');
  return problems;
}
