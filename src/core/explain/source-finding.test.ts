import { expect, test } from 'vitest';
import { explainSourceFinding, type SourceFinding } from './source-finding.ts';

const rows: readonly [finding: SourceFinding, en: string, zh: string][] = [
  [
    { code: 'MetricOverlap', metric: 'backlog', answeredBy: 'rules', hidden: ['queries', 'keda'] },
    'backlog is a metric of rules and of queries, keda; rules answers, because it comes first',
    '指标 backlog 同时由 rules 和 queries、keda 提供；rules 排在最前，因此由它应答',
  ],
  [{ code: 'MoreOverlaps', count: 3 }, '3 further metrics are of several sources', '另有 3 个指标同时由多个来源提供'],
  [
    { code: 'SourceUnlisted', source: 'keda', detail: 'connection refused' },
    'the metrics of keda could not be listed: connection refused',
    '无法列出 keda 的指标：connection refused',
  ],
];

test.each(rows)('%o in both languages, with something to do', (finding, en, zh) => {
  const [english, chinese] = [explainSourceFinding(finding, 'en'), explainSourceFinding(finding, 'zh-CN')];
  expect([english.text, chinese.text]).toEqual([en, zh]);
  expect(english.remedy).toMatch(/^[a-z].*[^.]$/);
  expect(chinese.remedy).toMatch(/^\p{Script=Han}.*[^。]$/u);
});
