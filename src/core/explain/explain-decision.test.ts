import { describe, expect, test } from 'vitest';
import { decisionOf, walkthroughDecisions } from '../../../test/fixtures/walkthrough-decisions.ts';
import type { LimitTrace, Trace } from '../engine/trace.ts';
import { explainDecision, explainHeadline } from './explain-decision.ts';
import type { ExplainOptions } from './explanation.ts';

const OPTIONS: ExplainOptions = { formatTime: (atMs) => new Date(atMs).toISOString().slice(11, 19) };

describe('the walkthrough, sentence by sentence', () => {
  const rows = [
    {
      why: 'no metric yet',
      place: 0,
      en: 'stays at 1: cpu could not be evaluated (FailedGetResourceMetric): failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
      zh: '保持 1：cpu 无法计算（FailedGetResourceMetric）：failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API',
    },
    {
      why: 'idle: the seed holds it',
      place: 1,
      en: 'stays at 1: cpu at 0 % of request, target 50 %; 0 wanted; 1 was recommended at 04:40:01 and counts until 04:45:01 (stabilization window 5 min)',
      zh: '保持 1：cpu 为请求的 0%，目标值 50%；推荐 0；04:40:01 曾推荐 1，到 04:45:01 之前有效（稳定窗口 5 分钟）',
    },
    {
      why: '1 → 4: the first move',
      place: 2,
      en: '1 → 4: cpu at 305 % of request, target 50 %; 7 wanted; at most max(2 × 1, 4) = 4 in one step',
      zh: '1 → 4：cpu 为请求的 305%，目标值 50%；推荐 7；一步最多到 max(2 × 1, 4) = 4',
    },
    {
      why: '4 → 7: an earlier recommendation decides',
      place: 3,
      en: '4 → 7: cpu at 76 % of request, target 50 %; pods without a usable sample turn ratio 1.52 into 0.38, so 4 for now; 7 was recommended at 04:40:31 and counts until 04:45:31 (stabilization window 5 min)',
      zh: '4 → 7：cpu 为请求的 76%，目标值 50%；计入没有可用样本的 Pod 后比值由 1.52 变为 0.38，暂定 4；04:40:31 曾推荐 7，到 04:45:31 之前有效（稳定窗口 5 分钟）',
    },
    {
      why: 'the load fits',
      place: 5,
      en: 'stays at 7: cpu at 43 % of request, target 50 %; 7 wanted',
      zh: '保持 7：cpu 为请求的 43%，目标值 50%；推荐 7',
    },
    {
      why: 'held by the window, with its end',
      place: 20,
      en: 'stays at 7: cpu at 0 % of request, target 50 %; 0 wanted; 7 was recommended at 04:41:16 and counts until 04:46:16 (stabilization window 5 min)',
      zh: '保持 7：cpu 为请求的 0%，目标值 50%；推荐 0；04:41:16 曾推荐 7，到 04:46:16 之前有效（稳定窗口 5 分钟）',
    },
    {
      why: '7 → 1: the window is over',
      place: 26,
      en: '7 → 1: cpu at 0 % of request, target 50 %; 0 wanted; nothing higher was recommended in the last 5 min; minReplicas is 1',
      zh: '7 → 1：cpu 为请求的 0%，目标值 50%；推荐 0；最近 5 分钟内没有更高的推荐；minReplicas（最小副本数）为 1',
    },
  ];
  for (const { why, place, en, zh } of rows) {
    test(why, () => {
      const decision = walkthroughDecisions()[place];
      if (decision === undefined) throw new Error(`the story has no sync ${place}`);
      expect([explainHeadline(decision, 'en', OPTIONS), explainHeadline(decision, 'zh-CN', OPTIONS)]).toEqual([en, zh]);
    });
  }
});

describe('the derivation', () => {
  test('of 4 → 7 goes through every stage in order', () => {
    const decision = walkthroughDecisions()[3];
    if (decision === undefined) throw new Error('the story has no sync 3');
    const { steps, findings } = explainDecision(decision, 'en', OPTIONS);
    expect(steps).toEqual([
      step('path', 'MetricDriven', 'passes', 'Starting point', '4 replicas, bounds 1 to 10: the metrics decide.'),
      step(
        'selector',
        'Unambiguous',
        'passes',
        'Selector',
        'run=php-apache matches 4 pods, and no other HPA selects them.',
      ),
      step(
        'metric',
        'DirectionReversedByFill',
        'holds',
        'Metric 1: cpu (Resource)',
        'cpu at 76 % of request, target 50 %. Ratio 1.52 becomes 0.38 once pods without a usable sample are filled in: the direction turned around, stay.',
        [
          '1 pod counted with its own usage.',
          '3 pods counted as idle, sampled before being ready: php-apache-544695f45-1, php-apache-544695f45-2, php-apache-544695f45-3.',
          'Average usage per pod: 152m.',
        ],
      ),
      step('combination', 'Combined', 'passes', 'Winner', 'cpu decides: 4.'),
      step(
        'stabilization',
        'ScaleDownStabilized',
        'acts',
        'Stabilization',
        '4 becomes 7: 7 was recommended at 04:40:31 and counts until 04:45:31 (stabilization window 5 min).',
      ),
      step('limit', 'DesiredWithinRange', 'passes', 'Limits and policies', '7 is within every bound.'),
      step('write', 'Written', 'acts', 'Write', '7 was written to the scale.'),
    ]);
    expect(findings.map(({ code }) => code)).toEqual(['CpuStartUpWindow', 'EventReasonEmpty']);
  });
});

describe('how the count came out', () => {
  const forced = traceOf({ path: { code: 'ForcedToMax', currentReplicas: 12, minReplicas: 1, maxReplicas: 10 } });
  const rows = [
    {
      why: 'written',
      outcome: { currentReplicas: 12, desiredReplicas: 10, scaledTo: 10, scaleWriteAttempts: [10] },
      begins: '12 → 10: more than maxReplicas 10',
    },
    {
      why: 'refused',
      outcome: { currentReplicas: 12, desiredReplicas: 10, scaleWriteAttempts: [10, 10], error: 'conflict' },
      begins: 'stays at 12 instead of 10: more than',
    },
    {
      why: 'observed only',
      outcome: { currentReplicas: 12, desiredReplicas: 10 },
      begins: 'would go 12 → 10: more than',
    },
    { why: 'gone', outcome: { isDeleted: true }, begins: 'HPA gone: ' },
    { why: 'unreadable', outcome: {}, begins: 'no decision: ' },
  ];
  for (const { why, outcome, begins } of rows) {
    test(why, () => {
      expect(explainHeadline(decisionOf(forced, 0, outcome), 'en', OPTIONS).slice(0, begins.length)).toBe(begins);
    });
  }
});

describe('limits in words', () => {
  const percent = { type: 'Percent', value: 10, periodSeconds: 60, periodStartReplicas: 80 };
  const pods = { type: 'Pods', value: 4, periodSeconds: 15, periodStartReplicas: 78 };
  const rows: { why: string; limit: Partial<LimitTrace>; en: string; zh: string }[] = [
    {
      why: 'a percentage down',
      limit: { code: 'ScaleDownLimit', rateLimit: 72, policy: percent },
      en: 'policy 10 % per 60 s allows down to 72',
      zh: '扩缩策略（每 60 秒 10%）允许缩容到 72',
    },
    {
      why: 'pods up, some of the budget used',
      limit: { code: 'ScaleUpLimit', rateLimit: 82, policy: pods },
      en: 'policy 4 pods per 15 s allows up to 82 (the period began with 78)',
      zh: '扩缩策略（每 15 秒 4 个 Pod）允许扩容到 82（周期开始时为 78）',
    },
    {
      why: 'a direction switched off',
      limit: { code: 'ScaleDownLimit', isDirectionDisabled: true },
      en: 'scale down is Disabled by selectPolicy',
      zh: 'selectPolicy 为 Disabled（禁用），不允许缩容',
    },
    {
      why: 'the maximum',
      limit: { code: 'TooManyReplicas' },
      en: 'maxReplicas is 100',
      zh: 'maxReplicas（最大副本数）为 100',
    },
  ];
  for (const { why, limit, en, zh } of rows) {
    test(why, () => {
      const trace = traceOf({
        path: { code: 'MetricDriven', currentReplicas: 80, minReplicas: 1, maxReplicas: 100 },
        combination: { code: 'Combined', failedCount: 0, metricCount: 1, winnerIndex: null, recommendedReplicas: 80 },
        limit: {
          code: 'DesiredWithinRange',
          stabilizedReplicas: 80,
          limitedReplicas: 80,
          rateLimit: null,
          policy: null,
          isDirectionDisabled: false,
          ...limit,
        },
      });
      const decision = decisionOf(trace, 0, { currentReplicas: 80, desiredReplicas: 80 });
      expect(explainHeadline(decision, 'en', OPTIONS)).toBe(`stays at 80: ${en}`);
      expect(explainHeadline(decision, 'zh-CN', OPTIONS)).toBe(`保持 80：${zh}`);
    });
  }
});

function step(topic: string, code: string, tone: string, title: string, text: string, details: string[] = []) {
  return { topic, code, tone, title, text, details };
}

function traceOf(parts: Partial<Trace> & Pick<Trace, 'path'>): Trace {
  return {
    selector: null,
    metrics: [],
    combination: null,
    stabilization: null,
    limit: null,
    wakeFloor: null,
    hold: null,
    options: null,
    ...parts,
  };
}
