import { expect, test } from 'vitest';
import { routeOf } from '../../../test/notify/routes.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import { exampleNotice } from '../../people/notify/example-notices.ts';
import type { LabPrometheusProgram } from '../processes/lab-prometheus-choice.ts';
import { loadText, messageLine, prometheusText } from './lab-report.ts';

test.each([
  ['nothing is known', null, null],
  ['nobody asks', { requestsPerSecond: 0, failedPerSecond: 0, latencyP95Ms: null }, null],
  ['over the plant', { requestsPerSecond: 251.4, failedPerSecond: null, latencyP95Ms: null }, '251 req/s'],
  ['few requests', { requestsPerSecond: 7.24, failedPerSecond: 0, latencyP95Ms: 412.4 }, '7.2 req/s  p95 412 ms'],
  ['some fail', { requestsPerSecond: 20, failedPerSecond: 0.4, latencyP95Ms: 90 }, '20 req/s  p95 90 ms  err 0.4/s'],
] as const)('%s', (_why, load, expected) => {
  expect(loadText(load)).toBe(expected);
});

test.each([
  ['en', '2026-01-01T00:01:00Z would tell team: [Scaling up] default/nginx 1→3'],
  ['zh-CN', '2026-01-01T00:01:00Z 将通知 team：[扩容开始] default/nginx 1→3'],
] as const)('a message that would have gone out is a line, in %s', (language, line) => {
  const notice = exampleNotice('scale.up.started', 'lab', Date.UTC(2026, 0, 1, 0, 1));
  expect(messageLine({ notice, route: routeOf(), sink: 'team' }, { language, formatTime: formatRfc3339 })).toBe(line);
});

const PATH = '/usr/bin/prometheus';

test.each<readonly [why: string, program: LabPrometheusProgram, en: string | null, zh: string | null]>([
  ['the machine’s', { kind: 'installed', path: PATH }, PATH, '本机安装'],
  ['nobody needs a reason', { kind: 'embedded', why: { code: 'asked' } }, null, null],
  ['there is none', { kind: 'embedded', why: { code: 'absent' } }, 'none on PATH', 'PATH 中没有'],
  ['time flies', { kind: 'embedded', why: { code: 'accelerated', path: PATH } }, '--speed 1', '--speed 1'],
])('which Prometheus a story has: %s', (_why, program, en, zh) => {
  for (const [language, says] of [
    ['en', en],
    ['zh-CN', zh],
  ] as const) {
    const told = prometheusText(program, { stories: ['prometheus'], language });
    if (says === null) expect(told).toBeNull();
    else expect(told).toContain(says);
    expect(prometheusText(program, { stories: ['shop'], language })).toBeNull();
  }
});
