import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { SnapshotName } from './walkthrough.ts';

const FOLDER = join('test', 'vectors', 'reference', 'walkthrough');

/** What kubectl printed of the real controller, with everything that differs from run to run made equal. */
export const reference = {
  describe: (name: SnapshotName): string => normalizeText(read(`describe-${name}.txt`)),
  object: (name: SnapshotName): unknown => normalizeObject(read(`hpa-${name}.yaml`)),
  table: (name: SnapshotName): string => {
    const section = read('get-hpa.txt')
      .split(/^# /m)
      .find((text) => text.startsWith(name));
    return normalizeText(section?.split('\n').slice(2).join('\n') ?? '');
  },
  /** Each status that a watch showed, as TARGETS and REPLICAS. */
  watch: (): readonly string[] =>
    watchStates(
      read('watch.txt')
        .split('\n')
        .map((line) => line.slice('hh:mm:ss '.length)),
    ),
  /** The messages of the HPA's events, oldest first. */
  eventMessages: (): readonly string[] =>
    read('events.txt')
      .split('\n')
      .filter((line) => line.includes('horizontalpodautoscaler/'))
      .map((line) => line.slice(line.indexOf('New size')).trim()),
};

/** The text with ages, creation times, column widths and trailing blanks made equal. */
export function normalizeText(text: string): string {
  return text
    .replace(/^(CreationTimestamp:\s+).*$/m, '$1TIME')
    .replace(/\s(?:\d+[dhms]){1,2}(?=\s|$)/gm, ' AGE')
    .replace(/-{3,}/g, '---')
    .replace(/ {2,}/g, '  ')
    .replace(/ (AGE)/g, '  $1')
    .replace(/ {2,}/g, '  ')
    .replace(/ +$/gm, '')
    .trim();
}

/** The object with times, uid and resourceVersion made equal. */
export function normalizeObject(yaml: string): unknown {
  return JSON.parse(JSON.stringify(parse(yaml)), (key, value) => {
    if (/^(creationTimestamp|lastTransitionTime|lastScaleTime)$/.test(key)) return 'TIME';
    if (key === 'uid' || key === 'resourceVersion') return key;
    return value;
  });
}

/** TARGETS and REPLICAS of each line of `kubectl get hpa -w`, without repetitions. */
export function watchStates(lines: readonly string[]): readonly string[] {
  const states = lines
    .map((line) => /Deployment\/php-apache +(.*?) +1 +10 +(\d+) /.exec(line))
    .filter((match) => match !== null)
    .map(([, targets, count]) => `${targets} ${count}`);
  return states.filter((state, index) => state !== states[index - 1]);
}

function read(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}
