import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALLOWED_ANSWERS } from '../adapter/allowed-answers.ts';
import { type AllowedDifference, withDifferences } from '../adapter/allowed-differences.ts';
import { ALLOWED_REQUESTS } from '../adapter/allowed-requests.ts';
import { ALLOWED_START_UPS } from '../adapter/allowed-start-ups.ts';
import { eachWay, recordedAnswers, recordedPrometheusRequests, recordedStartUps } from '../adapter/recording.ts';

const PAGES = ['en', 'zh-CN'].map((language) => readFileSync(`docs/how-to/${language}/adapter.md`, 'utf8'));

const LISTS = [
  listOf('answers', eachWay(recordedAnswers()), ALLOWED_ANSWERS),
  listOf('requests to Prometheus', recordedPrometheusRequests(), ALLOWED_REQUESTS),
  listOf('start-ups', recordedStartUps(), ALLOWED_START_UPS),
];

/** A difference, with the lines that it is about as they are without and with it. */
interface TriedDifference extends Pick<AllowedDifference<unknown>, 'why' | 'told'> {
  readonly pairs: readonly { readonly before: unknown; readonly after: unknown }[];
}

function listOf<Line>(name: string, lines: readonly Line[], differences: readonly AllowedDifference<Line>[]) {
  const entries = differences.map((difference, index): TriedDifference => {
    const about = lines.filter((line) => difference.isOf(line));
    const pairs = about.map((line) => {
      const before = withDifferences(line, differences.slice(0, index));
      return { before, after: difference.instead(before) };
    });
    return { why: difference.why, told: difference.told, pairs };
  });
  return { name, entries };
}

describe.each(LISTS)('differences from prometheus-adapter: $name', ({ entries }) => {
  test.each(entries)('$why', ({ told, pairs }) => {
    expect(pairs, 'no recorded line has anything to do with it').not.toEqual([]);
    for (const { before, after } of pairs) expect(after, 'it changes nothing').not.toEqual(before);
    for (const [index, page] of PAGES.entries()) expect(page).toContain(told[index]);
  });
});
