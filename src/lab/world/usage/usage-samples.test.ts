import { expect, test } from 'vitest';
import { UsageSamples, usageTexts } from './usage-samples.ts';

/** Milliseconds of CPU used so far by a container that started at a second; what is served after a scrape at a second. */
const SCRAPES: readonly [why: string, second: number, startSecond: number, cpuMs: number, served: string | null][] = [
  ['one point is no rate', 100, 0, 10_000, null],
  ['two points are', 115, 0, 13_000, '200m 15s @115'],
  ['a restart begins anew, too young at first', 146, 140, 300, null],
  ['its next scrape has two points again', 161, 140, 1_050, '50m 15s @161'],
  ['a re-created pod, ten seconds old at its first scrape', 176, 165, 550, '50m 11s @176'],
];

test('rates are metrics-server’s', () => {
  const samples = new UsageSamples();
  const served = SCRAPES.map(([why, second, startSecond, cpuMs]) => {
    const usage = { cpuNs: cpuMs * 1e6, cpuMilli: 0, memoryBytes: 1024, isInstant: false };
    samples.scrape(second * 1000, [{ key: 'd/a', startedAtMs: startSecond * 1000, usage }]);
    const sample = samples.sampleOf('d/a');
    if (sample === undefined) return [why, null];
    return [why, `${usageTexts(sample)['cpu']} ${sample.windowMs / 1000}s @${sample.atMs / 1000}`];
  });
  expect(served).toEqual(SCRAPES.map(([why, , , , text]) => [why, text]));
});

test('a pod that shows the moment has a sample at once; what is not scraped is forgotten', () => {
  const samples = new UsageSamples();
  const usage = { cpuNs: 0, cpuMilli: 610, memoryBytes: 64 * 1024 * 1024, isInstant: true };
  samples.scrape(15_000, [{ key: 'd/a', startedAtMs: 14_000, usage }]);
  expect(samples.sampleOf('d/a')).toEqual({
    atMs: 15_000,
    windowMs: 15_000,
    cpuNano: 610_000_000,
    memoryBytes: 64 * 1024 * 1024,
  });
  samples.scrape(30_000, []);
  expect([samples.sampleOf('d/a'), samples.scrapedAtMs]).toEqual([undefined, 30_000]);
});

test.each([
  [87_142_857, 12_240 * 1024 + 5, { cpu: '87142857n', memory: '12240Ki' }],
  [610_000_000, 64 * 1024 * 1024, { cpu: '610m', memory: '64Mi' }],
  [0, 0, { cpu: '0', memory: '0' }],
])('%d nanocores and %d bytes on the wire', (cpuNano, memoryBytes, texts) => {
  expect(usageTexts({ cpuNano, memoryBytes })).toEqual(texts);
});
