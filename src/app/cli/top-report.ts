import { formatRfc3339 } from '../../base/rfc3339.ts';
import { type ExplainedUsageChain, explainUsageChain } from '../../core/explain/explain-usage-chain.ts';
import type { Language } from '../../core/explain/language.ts';
import { type LinkStanding, standingOf, topicOf, type UsageChain } from '../../core/explain/usage-chain.ts';
import type { NodeUsageReading, PodUsageReading } from '../processes/top/usage-reading.ts';
import { textWidth } from './text-width.ts';
import { podUsage } from './top-table.ts';

const API_VERSION = 'podtide.dev/v1';

/** Nodes with ages and windows, as one document. Instants are RFC 3339, durations milliseconds, usage quantities. */
export function nodesJson({ origin, atMs, rows }: NodeUsageReading): string {
  const items = rows.map(({ node, metrics }) => ({
    name: node.metadata.name,
    ...(metrics === null ? UNKNOWN : { ...measured(metrics, atMs), usage: metrics.usage }),
    allocatable: node.status?.allocatable ?? {},
    capacity: node.status?.capacity ?? {},
  }));
  return document('NodeUsageList', { at: formatRfc3339(atMs), origin, items });
}

/** Pods and their containers with ages and windows, as one document. */
export function podsJson({ origin, atMs, pods }: PodUsageReading): string {
  const items = pods.map((pod) => ({
    namespace: pod.namespace,
    name: pod.name,
    ...measured(pod, atMs),
    usage: podUsage(pod),
    containers: pod.containers,
  }));
  return document('PodUsageList', { at: formatRfc3339(atMs), origin, items });
}

/** A chain as one document: the codes with their parameters, and what they say. */
export function traceJson(chain: UsageChain, language: Language): string {
  const { verdict, headline, remedy, links } = explained(chain, language);
  return document('UsageTrace', {
    pod: { namespace: chain.namespace, name: chain.name },
    at: formatRfc3339(chain.atMs),
    verdict,
    headline,
    remedy,
    links: chain.links.map((link, index) => ({
      topic: topicOf(link),
      standing: standingOf(link),
      ...link,
      text: links[index]?.text ?? '',
    })),
  });
}

/** A chain for a person: what is so, what to do, and a line for each link. */
export function traceText(chain: UsageChain, language: Language): string {
  const { headline, remedy, links } = explained(chain, language);
  const titleWidth = Math.max(0, ...links.map(({ title }) => textWidth(title)));
  const markWidth = Math.max(0, ...links.map(({ mark }) => textWidth(mark)));
  const lines = links.map(({ standing, title, mark, text }, index) => {
    const isSame = links[index - 1]?.title === title;
    return `  ${SIGNS[standing]} ${padded(isSame ? '' : title, titleWidth)}  ${padded(mark, markWidth)}  ${text}`;
  });
  return `${[headline, ...(remedy === '' ? [] : [remedy]), '', ...lines].join('\n')}\n`;
}

const SIGNS: Readonly<Record<LinkStanding, string>> = { holds: '✓', broken: '✗', unseen: '?' };

const UNKNOWN = { timestamp: null, windowMs: null, ageMs: null, usage: null };

function explained(chain: UsageChain, language: Language): ExplainedUsageChain {
  return explainUsageChain(chain, language, { formatTime: instantText });
}

/** RFC 3339, with milliseconds where there are some: rates are made of them. */
function instantText(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}

/** A pod of which no container is served has no instant. */
function measured(metrics: { readonly atMs: number; readonly windowMs: number }, atMs: number) {
  if (metrics.atMs < 0) return { timestamp: null, windowMs: null, ageMs: null };
  return {
    timestamp: formatRfc3339(metrics.atMs),
    windowMs: metrics.windowMs,
    ageMs: Math.max(0, Math.round(atMs - metrics.atMs)),
  };
}

function document(kind: string, content: object): string {
  return `${JSON.stringify({ apiVersion: API_VERSION, kind, ...content })}\n`;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}
