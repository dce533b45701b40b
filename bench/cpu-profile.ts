/**
 * Where the time of a CPU profile goes, room by room: `node bench/cpu-profile.ts FILE [--from 0] [--to 60]`. The file is
 * what Node leaves in its working folder with `--cpu-prof`, one for each thread; `--from` and `--to` are seconds from the profile's
 * start. The program must still be there as it was built. What the engine itself does (JSON, regular expressions, TLS) counts
 * for whoever called it.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { numberFlag } from './number-flags.ts';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** From 0. */
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
}

/** What V8's profiler writes: times in microseconds. */
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const COLLECTOR = '(garbage collector)';
const IDLE = '(idle)';
const BUNDLED_SOURCE = /^\/\/ (\S+\.[cm]?[jt]s)$/;
const bundledLines = new Map<string, readonly string[]>();
/** Places with less than that are added up in one row. */
const SHARE_MIN = 0.01;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { from: { type: 'string', default: '0' }, to: { type: 'string', default: 'Infinity' } },
});
const [file] = positionals;
if (file === undefined) throw new Error('a file is missing: node bench/cpu-profile.ts FILE');

const profile: CpuProfile = JSON.parse(readFileSync(file, 'utf8'));
printTable(secondsByPlace(profile, numberFlag(values, 'from') * 1e6, numberFlag(values, 'to') * 1e6));

/** Seconds of CPU of each place between two instants, in microseconds from the profile's start. */
function secondsByPlace({ nodes, samples, timeDeltas }: CpuProfile, fromUs: number, toUs: number): Map<string, number> {
  const places = placesOf(nodes);
  const seconds = new Map<string, number>();
  let atUs = 0;
  for (const [index, id] of samples.entries()) {
    const deltaUs = timeDeltas[index] ?? 0;
    atUs += deltaUs;
    if (atUs < fromUs || atUs > toUs) continue;
    const place = places.get(id) ?? IDLE;
    if (place !== IDLE) seconds.set(place, (seconds.get(place) ?? 0) + deltaUs / 1e6);
  }
  return seconds;
}

/** The place of each node by its number; a node without a file of its own has its caller's. */
function placesOf(nodes: readonly ProfileNode[]): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, string>();
  const [root] = nodes;
  const waiting = root === undefined ? [] : [{ node: root, caller: 'Node: its own start' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const place = placeOf(next.node.callFrame, next.caller);
    places.set(next.node.id, place);
    for (const id of next.node.children ?? []) {
      const node = byId.get(id);
      if (node !== undefined) waiting.push({ node, caller: place });
    }
  }
  return places;
}

function placeOf({ functionName, url, lineNumber }: ProfileNode['callFrame'], caller: string): string {
  if (functionName === COLLECTOR) return 'garbage collection';
  if (functionName === IDLE) return IDLE;
  if (functionName === '(program)') return 'Node: outside of JavaScript';
  if (url.startsWith('node:')) return nodePlace(url);
  const source = url.includes('/dist/') ? bundledSource(url, lineNumber) : url;
  const [, packageName] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source) ?? [];
  if (packageName !== undefined) return packageName;
  const [, room] = /(?:^|\/)src\/((?:[^/]+\/)?[^/]+)\/[^/]+$/.exec(source) ?? [];
  return room ?? caller;
}

/** The file that a line of the bundle comes from: a comment above what comes of each names it. */
function bundledSource(url: string, lineNumber: number): string {
  let lines = bundledLines.get(url);
  if (lines === undefined) {
    lines = readFileSync(fileURLToPath(url), 'utf8').split('\n');
    bundledLines.set(url, lines);
  }
  const named = lines.slice(0, lineNumber + 1).findLast((line) => BUNDLED_SOURCE.test(line));
  return BUNDLED_SOURCE.exec(named ?? '')?.[1] ?? '';
}

function nodePlace(url: string): string {
  if (/loaders|modules|internal\/bootstrap/.test(url)) return 'Node: loading of modules';
  if (/zlib/.test(url)) return 'Node: zlib';
  return 'Node: sockets, TLS, streams, timers';
}

function printTable(seconds: ReadonlyMap<string, number>): void {
  const total = [...seconds.values()].reduce((sum, value) => sum + value, 0);
  const sorted = [...seconds].sort(([, left], [, right]) => right - left);
  const shown = sorted.filter(([, value]) => value >= total * SHARE_MIN);
  const rest = total - shown.reduce((sum, [, value]) => sum + value, 0);
  console.log('| place | CPU, s | share |');
  console.log('| --- | ---: | ---: |');
  for (const [place, value] of [...shown, ['everything else', rest] as const, ['all', total] as const]) {
    console.log(`| ${place} | ${value.toFixed(2)} | ${((value / total) * 100).toFixed(0)} % |`);
  }
}
