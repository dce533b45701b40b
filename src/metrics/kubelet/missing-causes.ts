import { explainScrapeProblem } from '../../core/explain/scrape-problem.ts';
import type { MissingCause } from '../source/port.ts';
import { incompleteContainer, type NodeUsage, podRows } from './node-usage.ts';
import type { PodEntry } from './pod-projection.ts';
import type { NodeStanding } from './standing.ts';
import { hasBefore, isCounting } from './usage-points.ts';
import { rateOf } from './usage-rate.ts';

/** Why nothing is served of a node; the causes that are known, the first of them first. */
export function nodeCauses(
  standing: NodeStanding | undefined,
  usage: NodeUsage | undefined,
  nowMs: number,
): readonly MissingCause[] {
  const scrape = scrapeCauses(standing, usage, nowMs);
  if (usage === undefined || standing === undefined) return scrape;
  const node = { points: usage.node, row: 0 };
  if (!isCounting(node)) {
    return [
      ...scrape,
      cause('IncompleteSample', `the kubelet of ${standing.name} reports no CPU or no memory of the node`),
    ];
  }
  if (!hasBefore(node)) return [...scrape, firstSample(`node ${standing.name}`, standing, usage, nowMs)];
  return [...scrape, cause('CounterWentBack', `the CPU counter of node ${standing.name} went back: it has restarted`)];
}

/** Why nothing is served of a pod. */
export function podCauses(
  pod: PodEntry,
  standing: NodeStanding | undefined,
  usage: NodeUsage | undefined,
  nowMs: number,
): readonly MissingCause[] {
  if (pod.nodeName === '') return [cause('NotScheduled', 'the pod has no node yet')];
  if (standing === undefined) {
    return [
      cause(
        'NodeNotScraped',
        `node ${pod.nodeName} is not scraped: it does not exist or --node-selector leaves it out`,
      ),
    ];
  }
  const scrape = scrapeCauses(standing, usage, nowMs);
  return usage === undefined ? scrape : [...scrape, sampleCause(pod, standing, usage, nowMs)];
}

function scrapeCauses(
  standing: NodeStanding | undefined,
  usage: NodeUsage | undefined,
  nowMs: number,
): readonly MissingCause[] {
  if (standing === undefined) return [cause('NodeNotScraped', 'the node is not scraped')];
  if (standing.problem !== null) {
    const { text, remedy } = explainScrapeProblem(standing.problem, 'en');
    return [cause('ScrapeFailed', `scrape of node ${standing.name} failed: ${text}; ${remedy}`)];
  }
  if (usage !== undefined) return [];
  return [cause('NotYetScraped', `node ${standing.name} has not been scraped yet${nextText(standing, nowMs)}`)];
}

function sampleCause(pod: PodEntry, standing: NodeStanding, usage: NodeUsage, nowMs: number): MissingCause {
  const incomplete = incompleteContainer(usage, pod.namespace, pod.name);
  const rows = podRows(usage, pod.namespace, pod.name);
  if (rows === undefined && incomplete !== undefined) {
    return cause('IncompleteSample', `container ${incomplete.container} reports no ${incomplete.lacks}`);
  }
  if (rows === undefined) {
    return cause(
      'NotReported',
      `the kubelet of ${standing.name} reports no container of the pod${nextText(standing, nowMs)}`,
    );
  }
  const lacking = rows.find((of) => !hasBefore(of));
  if (lacking !== undefined) {
    return firstSample(`container ${usage.layout.container(lacking.row)}`, standing, usage, nowMs);
  }
  const back = rows.find((of) => rateOf(of) === undefined);
  const name = back === undefined ? '' : usage.layout.container(back.row);
  return cause('CounterWentBack', `the CPU counter of container ${name} went back: it has restarted`);
}

function firstSample(subject: string, standing: NodeStanding, usage: NodeUsage, nowMs: number): MissingCause {
  const agoText = `${Math.max(0, Math.round((nowMs - usage.scrapedAtMs) / 1000))} s ago`;
  return cause('FirstSample', `${subject} has one sample only, scraped ${agoText}${nextText(standing, nowMs)}`);
}

function nextText({ nextAtMs }: NodeStanding, nowMs: number): string {
  if (nextAtMs === null) return '; a scrape is under way';
  return `; the next scrape is in ${Math.max(0, Math.round((nextAtMs - nowMs) / 1000))} s`;
}

function cause(reason: string, message: string): MissingCause {
  return { reason, message };
}
