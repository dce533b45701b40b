import type { ContainerFact } from './doctor-facts.ts';

/** A server of metrics APIs that is known by name; `apiserver` is the API server itself. */
export type KnownServer =
  | 'podtide'
  | 'metrics-server'
  | 'prometheus-adapter'
  | 'keda'
  | 'datadog'
  | 'kube-metrics-adapter'
  | 'apiserver';

/** What a server is, and what it was recognised by. */
export interface RecognisedServer {
  /** Null: nothing about it is known. */
  readonly known: KnownServer | null;
  readonly sign: 'image' | 'label' | 'service' | null;
  /** The image, `label=value` or the name of the Service; empty for nothing. */
  readonly evidence: string;
}

/** Nobody that is known. */
export const UNKNOWN_SERVER: RecognisedServer = { known: null, sign: null, evidence: '' };

interface Signs {
  readonly known: KnownServer;
  /** Of the image's repository, without tag and digest. */
  readonly image: RegExp;
  /** Of the labels that name a program, and of the Service. */
  readonly name: RegExp;
}

/** Podtide may stand in the place of others, by their names: images are looked at first. */
const SIGNS: readonly Signs[] = [
  { known: 'podtide', image: /(^|\/)podtide$/, name: /^podtide(-|$)/ },
  { known: 'metrics-server', image: /(^|\/)(mirrored-)?metrics-server(-(amd64|arm64))?$/, name: /^metrics-server$/ },
  {
    known: 'prometheus-adapter',
    image: /(^|\/)(k8s-)?prometheus-adapter(-(amd64|arm64))?$/,
    name: /^(.+-)?prometheus-adapter$/,
  },
  {
    known: 'keda',
    image: /(^|\/)keda-metrics-(apiserver|adapter)$/,
    name: /^keda-(operator-)?metrics-apiserver$/,
  },
  {
    known: 'datadog',
    image: /(^|\/)datadog(hq)?\/cluster-agent$/,
    name: /^(.+-)?cluster-agent-metrics-(api|server)$|^datadog-cluster-agent$/,
  },
  { known: 'kube-metrics-adapter', image: /(^|\/)kube-metrics-adapter$/, name: /^(.+-)?kube-metrics-adapter$/ },
];

/** Labels whose value names a program. */
const NAME_LABELS: readonly string[] = ['app.kubernetes.io/name', 'k8s-app', 'app'];

/** What is known of a server. */
export interface ServerTraces {
  readonly containers: readonly ContainerFact[];
  /** Of its Service, of its Deployments' pods and of its pods. */
  readonly labels: readonly Readonly<Record<string, string>>[];
  readonly serviceName: string;
}

/** Which program a server is: by an image, else by a label, else by the name of its Service. */
export function recogniseServer({ containers, labels, serviceName }: ServerTraces): RecognisedServer {
  for (const { image } of containers) {
    const found = SIGNS.find((signs) => signs.image.test(repositoryOf(image)));
    if (found !== undefined) return { known: found.known, sign: 'image', evidence: image };
  }
  for (const each of labels) {
    for (const label of NAME_LABELS) {
      const value = each[label] ?? '';
      const found = SIGNS.find((signs) => signs.name.test(value));
      if (found !== undefined) return { known: found.known, sign: 'label', evidence: `${label}=${value}` };
    }
  }
  const found = SIGNS.find((signs) => signs.name.test(serviceName));
  return found === undefined ? UNKNOWN_SERVER : { known: found.known, sign: 'service', evidence: serviceName };
}

/** `registry.test:5000/a/b:v1@sha256:…` → `registry.test:5000/a/b` */
function repositoryOf(image: string): string {
  const [withTag = ''] = image.split('@');
  return withTag.replace(/:[^/:]*$/, '');
}

/** Whether the words of a Podtide server name another server that is asked for external metrics. */
export function isExternalPassedOn(words: readonly string[]): boolean {
  const url = flagValue(words, 'pass-through-url') ?? '';
  const apis = flagValue(words, 'pass-through-apis') ?? 'external';
  return url !== '' && apis.split(',').includes('external');
}

/** Of a flag given twice the last value counts. */
function flagValue(words: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (const [index, word] of words.entries()) {
    const bare = word.replace(/^--?/, '');
    if (bare === word) continue;
    if (bare === name) value = words[index + 1];
    else if (bare.startsWith(`${name}=`)) value = bare.slice(name.length + 1);
  }
  return value;
}
