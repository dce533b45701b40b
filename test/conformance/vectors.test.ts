import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { playLine } from '../../src/core/simulator/scenario-line.ts';

const FILES = [
  { name: 'directed', lineCount: 581, stepCount: 783, why: 'every rule of the controller, one at a time' },
  { name: 'random-public', lineCount: 1800, stepCount: 7399, why: 'rules in combinations that nobody thought of' },
  { name: 'found', lineCount: 23, stepCount: 35, why: 'what the other files leave open and a search came upon' },
  { name: 'upstream-functions', lineCount: 188, stepCount: 188, why: "upstream's own unit tests" },
  { name: 'api-create', lineCount: 64, stepCount: 64, why: 'defaults and validation on the way in' },
] as const;

describe.each(FILES)('$name: $why', ({ name, lineCount, stepCount }) => {
  const packed = readFileSync(new URL(`../vectors/${name}.jsonl.gz`, import.meta.url));
  const lines = gunzipSync(packed).toString('utf8').trimEnd().split('\n');

  it('agrees with the recorded controller in every line', { timeout: 60_000 }, () => {
    const problems: string[] = [];
    let comparedCount = 0;
    for (const [index, text] of lines.entries()) {
      const line = playLine(text);
      for (const item of line.items) {
        if (item.kind === 'bad') problems.push(`line ${index + 1} ${line.name}: ${item.message}`);
        else {
          comparedCount++;
          for (const { rule, path } of item.differences ?? [NOTHING_EXPECTED]) {
            problems.push(`line ${index + 1} ${line.name} (${line.rule}): ${rule}: ${path}`);
          }
        }
      }
    }
    expect({ problems, lineCount: lines.length, comparedCount }).toEqual({
      problems: [],
      lineCount,
      comparedCount: stepCount,
    });
  });
});

const NOTHING_EXPECTED = { rule: 'none', path: 'nothing is expected here' };

describe('a changed expectation is noticed', () => {
  const text = gunzipSync(readFileSync(new URL('../vectors/directed.jsonl.gz', import.meta.url))).toString('utf8');
  const story = JSON.parse(text.slice(0, text.indexOf('\n')));

  it.each([
    { key: 'scaledTo', value: 77, path: 'scaledTo' },
    { key: 'scaleWrites', value: [1, 2], path: 'scaleWrites' },
    { key: 'statusWritten', value: false, path: 'statusWritten' },
    { key: 'status', value: null, path: 'status' },
    { key: 'storedStatus', value: { desiredReplicas: 5, currentMetrics: null }, path: 'storedStatus.desiredReplicas' },
    { key: 'events', value: [{ type: 'Normal', reason: 'x', message: 'y' }], path: 'events[0]' },
    { key: 'error', value: 'boom', path: 'error' },
    { key: 'deleted', value: true, path: 'deleted' },
    { key: 'queries', value: [], path: 'queries[0]' },
    { key: 'telemetry', value: undefined, path: 'telemetry' },
    {
      key: 'state',
      value: { recommendations: [], scaleUpEvents: [], scaleDownEvents: [] },
      path: 'state.recommendations[0]',
    },
  ])('in $key', ({ key, value, path }) => {
    const [first] = story.steps;
    const changed = { ...story, steps: [{ ...first, expect: { ...first.expect, [key]: value } }] };
    const [item] = playLine(JSON.stringify(changed)).items;
    const paths = item?.kind === 'step' ? item.differences?.map((difference) => difference.path) : [];
    expect(paths).toContain(path);
  });
});
