import { expect, it } from 'vitest';
import { NOW_MS, podSamples, queuePerReplica, readyPod, valueSamples } from '../../../test/fixtures/engine-facts.ts';
import { decideGiven, type Given, IDLE } from '../../../test/fixtures/own-options.ts';
import type { MetricSamples } from '../engine/facts.ts';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../engine/options.ts';
import { explainDecision } from './explain-decision.ts';
import type { ExplainOptions } from './explanation.ts';
import type { Language } from './language.ts';

const OPTIONS: ExplainOptions = { formatTime: (atMs) => new Date(atMs).toISOString().slice(11, 19) };
const AT_TARGET = podSamples({ p1: 500, p2: 500, p3: 500 });
const BREAKER: EngineOptions = {
  ...DEFAULT_ENGINE_OPTIONS,
  scaleDownBreaker: { shareRatioMax: 0.3, holdMs: 900_000, lookMs: 15_000 },
};

/** A pod that its CPU initialization period no longer keeps out. */
const young = { startAtMs: NOW_MS - 400_000, ready: { status: 'True', sinceMs: NOW_MS - 390_000 } };

function agedSamples(...agesMs: readonly number[]): MetricSamples {
  const samples = agesMs.map((ageMs, index) => [`p${index + 1}`, { milli: 0, atMs: NOW_MS - ageMs, windowMs: 15_000 }]);
  return { kind: 'values', samples: { kind: 'perPod', byPod: Object.fromEntries(samples) } };
}

/** The headline, what the steps say of options, of holds and of the third pod, and every finding. */
function told(given: Given, language: Language): readonly string[] {
  const { headline, steps, findings } = explainDecision(decideGiven(given), language, OPTIONS);
  const shown = steps.flatMap(({ topic, text, details }) => {
    if (topic === 'options' || topic === 'hold') return [text, ...details];
    return topic === 'metric' ? details.filter((line) => line.includes('p3')) : [];
  });
  return [headline, ...shown, ...findings.map(({ text, action }) => `${text} ${action}`)];
}

it.each<{ why: string; given: Given; en: readonly string[]; zh: readonly string[] }>([
  {
    why: 'a pause with its reason, and where the count would go',
    given: { annotations: { 'paused-until': '2026-01-01T12:05:00Z', 'paused-reason': 'database move' } },
    en: [
      'stays at 3: paused until 12:05:00 because “database move”; would go to 6; cpu at 100 % of request, target 50 %; 6 wanted',
      '1 in force by annotation.',
      'paused-until: no scale write before 12:05:00 because “database move”.',
      'Paused until 12:05:00 because “database move”: 3 stays, 6 is wanted.',
      'Paused by annotation: everything is computed, nothing is written. To resume before its time: kubectl annotate hpa web podtide.dev/paused-until-.',
    ],
    zh: [
      '保持 3：暂停至 12:05:00（原因：database move）；否则应为 6；cpu 为请求的 100%，目标值 50%；推荐 6',
      '1 个注解选项生效。',
      'paused-until：12:05:00 之前不写入 Scale（原因：database move）。',
      '暂停至 12:05:00（原因：database move）：保持 3，否则应为 6。',
      '已由注解暂停：照常计算，但不写入。 要提前恢复：kubectl annotate hpa web podtide.dev/paused-until-。',
    ],
  },
  {
    why: 'a pause without a reason, and no count',
    given: {
      annotations: { 'paused-until': '2026-01-01T12:05:00Z' },
      samples: { kind: 'metricFailed', message: 'no' },
    },
    en: [
      'stays at 3: paused until 12:05:00; cpu could not be evaluated (FailedGetResourceMetric): failed to get cpu utilization: unable to get metrics for resource cpu: no',
      '1 in force by annotation.',
      'paused-until: no scale write before 12:05:00.',
      'Paused until 12:05:00: no count is reached.',
      'No data for cpu: failed to get cpu utilization: unable to get metrics for resource cpu: no. Check that its API is available (kubectl get apiservice v1beta1.metrics.k8s.io) and that it has this metric in the namespace shop.',
      'Paused by annotation: everything is computed, nothing is written. To resume before its time: kubectl annotate hpa web podtide.dev/paused-until-.',
    ],
    zh: [
      '保持 3：暂停至 12:05:00；cpu 无法计算（FailedGetResourceMetric）：failed to get cpu utilization: unable to get metrics for resource cpu: no',
      '1 个注解选项生效。',
      'paused-until：12:05:00 之前不写入 Scale。',
      '暂停至 12:05:00：没有得出副本数。',
      '没有 cpu 的数据：failed to get cpu utilization: unable to get metrics for resource cpu: no。 请确认它的 API 可用（kubectl get apiservice v1beta1.metrics.k8s.io），并且在命名空间 shop 中有这个指标。',
      '已由注解暂停：照常计算，但不写入。 要提前恢复：kubectl annotate hpa web podtide.dev/paused-until-。',
    ],
  },
  {
    why: 'a pause that is over, and a period',
    given: { annotations: { 'paused-until': '2026-01-01T11:00:00Z', 'sync-period': '5s' }, samples: AT_TARGET },
    en: [
      'stays at 3: cpu at 50 % of request, target 50 %, within tolerance (45 % to 55 %)',
      '2 in force by annotation.',
      'sync-period: synced every 5 s, as far as the controller keeps up.',
      'paused-until: the pause ended at 11:00:00.',
    ],
    zh: [
      '保持 3：cpu 为请求的 50%，目标值 50%，在容差之内（45% 到 55%）',
      '2 个注解选项生效。',
      'sync-period：在控制器来得及的前提下，每 5 秒同步一次。',
      'paused-until：暂停已于 11:00:00 结束。',
    ],
  },
  {
    why: 'annotations that are ignored',
    given: {
      annotations: {
        'sync-peroid': '5s',
        warmup: '2h',
        selection: 'owners',
        'paused-until': 'x',
        'max-sample-age': '1m',
      },
      samples: AT_TARGET,
    },
    en: [
      'stays at 3: cpu at 50 % of request, target 50 %, within tolerance (45 % to 55 %)',
      '1 in force by annotation, 4 ignored.',
      'max-sample-age: samples older than 60 s are set aside.',
      'Ignored: podtide.dev/selection: “owners” must be owner.',
      'Ignored: podtide.dev/paused-until: “x” must be an instant such as 2026-01-31T18:00:00Z.',
      'Ignored: podtide.dev/warmup: “2h” must be a duration from 0 s to 60 min.',
      'Ignored: podtide.dev/sync-peroid: “5s” is no option of this version; podtide.dev/sync-period is spelt alike.',
      '4 annotations of this HPA are ignored: podtide.dev/selection, podtide.dev/paused-until, podtide.dev/warmup, podtide.dev/sync-peroid. Correct or remove what is wrong (kubectl annotate hpa web NAME-); the derivation says what it must be.',
    ],
    zh: [
      '保持 3：cpu 为请求的 50%，目标值 50%，在容差之内（45% 到 55%）',
      '1 个注解选项生效，4 个被忽略。',
      'max-sample-age：超过 60 秒的旧样本不计入。',
      '已忽略 podtide.dev/selection：“owners”，只能是 owner。',
      '已忽略 podtide.dev/paused-until：“x”，必须是时刻，例如 2026-01-31T18:00:00Z。',
      '已忽略 podtide.dev/warmup：“2h”，必须是 0 秒到 60 分钟之间的时长。',
      '已忽略 podtide.dev/sync-peroid：“5s”，本版本没有这个选项，相近的是 podtide.dev/sync-period。',
      '这个 HPA 有 4 个注解被忽略：podtide.dev/selection、podtide.dev/paused-until、podtide.dev/warmup、podtide.dev/sync-peroid。 请改正或删除（kubectl annotate hpa web NAME-）；推导过程里写明了正确的格式。',
    ],
  },
  {
    why: 'queries, of which one is for no metric',
    given: {
      annotations: { 'query.queue': 'sum(queue)', 'query.orders': 'sum(orders)' },
      spec: { metrics: [queuePerReplica('10')] },
      samples: valueSamples(30_000),
      options: { ...DEFAULT_ENGINE_OPTIONS, queryNamespaces: ['shop'] },
    },
    en: [
      'stays at 3: queue at 10 per pod, target 10, within tolerance (9 to 11)',
      '1 in force by annotation, 1 ignored.',
      'query.queue: put to Prometheus: sum(queue)',
      'Ignored: podtide.dev/query.orders: “sum(orders)” goes together with a metric of type External that is called orders.',
      '1 annotation of this HPA is ignored: podtide.dev/query.orders. Correct or remove what is wrong (kubectl annotate hpa web NAME-); the derivation says what it must be.',
    ],
    zh: [
      '保持 3：queue 平均每个 Pod 10，目标值 10，在容差之内（9 到 11）',
      '1 个注解选项生效，1 个被忽略。',
      'query.queue：直接向 Prometheus 查询：sum(queue)',
      '已忽略 podtide.dev/query.orders：“sum(orders)”，需要与名为 orders 的 External 类型指标一起使用。',
      '这个 HPA 有 1 个注解被忽略：podtide.dev/query.orders。 请改正或删除（kubectl annotate hpa web NAME-）；推导过程里写明了正确的格式。',
    ],
  },
  {
    why: 'queries in a namespace that may bring none',
    given: {
      annotations: { 'query.queue': 'sum(queue)', 'query.orders': '' },
      spec: { metrics: [queuePerReplica('10')] },
      samples: valueSamples(30_000),
      options: { ...DEFAULT_ENGINE_OPTIONS, queryNamespaces: [] },
    },
    en: [
      'stays at 3: queue at 10 per pod, target 10, within tolerance (9 to 11)',
      '0 in force by annotation, 2 ignored.',
      'Ignored: podtide.dev/query.orders: “” must be PromQL such as sum(rate(http_requests_total[2m])).',
      'Ignored: podtide.dev/query.queue: “sum(queue)” must not stand in the namespace shop, which is none of --query-annotation-namespaces.',
      '2 annotations of this HPA are ignored: podtide.dev/query.orders, podtide.dev/query.queue. Correct or remove what is wrong (kubectl annotate hpa web NAME-); the derivation says what it must be.',
    ],
    zh: [
      '保持 3：queue 平均每个 Pod 10，目标值 10，在容差之内（9 到 11）',
      '0 个注解选项生效，2 个被忽略。',
      '已忽略 podtide.dev/query.orders：“”，必须是 PromQL，例如 sum(rate(http_requests_total[2m]))。',
      '已忽略 podtide.dev/query.queue：“sum(queue)”，不能用在命名空间 shop 中：它不在 --query-annotation-namespaces 之列。',
      '这个 HPA 有 2 个注解被忽略：podtide.dev/query.orders、podtide.dev/query.queue。 请改正或删除（kubectl annotate hpa web NAME-）；推导过程里写明了正确的格式。',
    ],
  },
  {
    why: 'pods that somebody else owns',
    given: {
      annotations: { selection: 'owner' },
      samples: AT_TARGET,
      facts: {
        ownership: {
          kind: 'known',
          foreign: [
            { owner: 'Job/migrate', pods: ['job-1', 'job-2'] },
            { owner: null, pods: ['bare'] },
          ],
        },
      },
    },
    en: [
      'stays at 3: cpu at 50 % of request, target 50 %, within tolerance (45 % to 55 %)',
      '1 in force by annotation.',
      'selection: only pods that the target owns count.',
      '2 pods match the selector but belong to Job/migrate: job-1, job-2.',
      '1 pod matches the selector but has no owner: bare.',
    ],
    zh: [
      '保持 3：cpu 为请求的 50%，目标值 50%，在容差之内（45% 到 55%）',
      '1 个注解选项生效。',
      'selection：只计入扩缩目标自己拥有的 Pod。',
      '2 个 Pod 匹配标签选择算符，但属于 Job/migrate：job-1、job-2。',
      '1 个 Pod 匹配标签选择算符，但没有属主：bare。',
    ],
  },
  {
    why: 'whose the pods are is unknown',
    given: {
      annotations: { selection: 'owner' },
      facts: { ownership: { kind: 'unknown', message: 'ReplicaSet/web-1: forbidden' } },
    },
    en: [
      'stays at 3: the target’s own pods cannot be told from others',
      '1 in force by annotation.',
      'selection: only pods that the target owns count.',
      'Nothing is decided: unable to tell which pods of selector app=web the target owns: ReplicaSet/web-1: forbidden. Let the controller read the owners (a rule with the verb get), or remove podtide.dev/selection from web. Until then nothing moves.',
    ],
    zh: [
      '保持 3：无法确定哪些 Pod 属于扩缩目标',
      '1 个注解选项生效。',
      'selection：只计入扩缩目标自己拥有的 Pod。',
      '不作决定：unable to tell which pods of selector app=web the target owns: ReplicaSet/web-1: forbidden。 请允许控制器读取属主（加一条 get 权限），或从 web 上去掉 podtide.dev/selection。在此之前副本数保持不变。',
    ],
  },
  {
    why: 'a pod that warms up',
    given: {
      annotations: { warmup: '10m' },
      samples: AT_TARGET,
      facts: { pods: { kind: 'listed', pods: [readyPod('p1'), readyPod('p2'), readyPod('p3', young)] } },
    },
    en: [
      'stays at 3: cpu at 50 % of request, target 50 %, within tolerance (45 % to 55 %)',
      '1 in force by annotation.',
      'warmup: cpu of a pod counts from 10 min after its start.',
      '1 pod left out, warming up (the last one until 12:03:20): p3.',
    ],
    zh: [
      '保持 3：cpu 为请求的 50%，目标值 50%，在容差之内（45% 到 55%）',
      '1 个注解选项生效。',
      'warmup：Pod 启动 10 分钟之后才计入它的 cpu。',
      '1 个 Pod 不计入（预热中，最晚到 12:03:20）：p3。',
    ],
  },
  {
    why: 'one old sample',
    given: { annotations: { 'max-sample-age': '1m' }, samples: agedSamples(1_000, 1_000, 300_000) },
    en: [
      '3 → 2: cpu at 0 % of request, target 50 %; 2 wanted; nothing higher was recommended in the last 5 min',
      '1 in force by annotation.',
      'max-sample-age: samples older than 60 s are set aside.',
      '1 pod without a sample, taken to use the request, or the target where that is higher: p3.',
      'The sample of 1 pod is older than 60 s and set aside (5 min old): p3.',
      'Samples of cpu are older than allowed and do not count. Whoever measures has stopped or lags behind: look at the server behind v1beta1.metrics.k8s.io before you allow older samples.',
    ],
    zh: [
      '3 → 2：cpu 为请求的 0%，目标值 50%；推荐 2；最近 5 分钟内没有更高的推荐',
      '1 个注解选项生效。',
      'max-sample-age：超过 60 秒的旧样本不计入。',
      '1 个 Pod 没有样本，按请求值（目标值更高时按目标值）计入：p3。',
      '1 个 Pod 的样本已超过 60 秒，不计入（距今 5 分钟）：p3。',
      'cpu 的样本超过了允许的时效，不计入。 采集可能已停止或滞后：先检查 v1beta1.metrics.k8s.io 背后的服务，再考虑放宽时效。',
    ],
  },
  {
    why: 'nothing but old samples',
    given: { annotations: { 'max-sample-age': '1m' }, samples: agedSamples(120_000, 180_000, 300_000) },
    en: [
      'stays at 3: cpu could not be evaluated (FailedGetResourceMetric): failed to get cpu utilization: unable to get metrics for resource cpu: no sample is newer than 1m0s (podtide.dev/max-sample-age); the newest is 2m0s old',
      '1 in force by annotation.',
      'max-sample-age: samples older than 60 s are set aside.',
      'The samples of 3 pods are older than 60 s and set aside (the newest 2 min old): p1, p2, p3.',
      'Samples of cpu are older than allowed and do not count. Whoever measures has stopped or lags behind: look at the server behind v1beta1.metrics.k8s.io before you allow older samples.',
    ],
    zh: [
      '保持 3：cpu 无法计算（FailedGetResourceMetric）：failed to get cpu utilization: unable to get metrics for resource cpu: no sample is newer than 1m0s (podtide.dev/max-sample-age); the newest is 2m0s old',
      '1 个注解选项生效。',
      'max-sample-age：超过 60 秒的旧样本不计入。',
      '3 个 Pod 的样本已超过 60 秒，不计入（最新的距今 2 分钟）：p1、p2、p3。',
      'cpu 的样本超过了允许的时效，不计入。 采集可能已停止或滞后：先检查 v1beta1.metrics.k8s.io 背后的服务，再考虑放宽时效。',
    ],
  },
  {
    why: 'the scale-down breaker holds',
    given: {
      samples: IDLE,
      options: BREAKER,
      facts: {
        pressure: {
          wantsDownSinceMs: NOW_MS - 60_000,
          apis: [{ api: 'metrics.k8s.io', hpaCount: 1_000, wantDownCount: 412 }],
        },
      },
    },
    en: [
      'stays at 3: held by the scale-down breaker until 12:14:00, 412 of 1000 HPAs on metrics.k8s.io want down within a minute (more than 30 %); would go to 1; cpu at 0 % of request, target 50 %; 0 wanted; nothing higher was recommended in the last 5 min; minReplicas is 1',
      '412 of 1000 HPAs on metrics.k8s.io want down within a minute (more than 30 %) since 11:59:00: 3 stays, 1 is wanted. The drop is believed at 12:14:00.',
      'Many HPAs on metrics.k8s.io want down at once: the metrics may have gone blind. Look at the server behind metrics.k8s.io. If the load is really gone, wait for the end of the hold, or start the controller with --scale-down-breaker=off.',
    ],
    zh: [
      '保持 3：缩容熔断保持到 12:14:00，使用 metrics.k8s.io 的 1000 个 HPA 中有 412 个在一分钟内同时要缩容（超过 30%）；否则应为 1；cpu 为请求的 0%，目标值 50%；推荐 0；最近 5 分钟内没有更高的推荐；minReplicas（最小副本数）为 1',
      '自 11:59:00 起，使用 metrics.k8s.io 的 1000 个 HPA 中有 412 个在一分钟内同时要缩容（超过 30%）：保持 3，否则应为 1。到 12:14:00 就相信负载确实下降了。',
      '使用 metrics.k8s.io 的许多 HPA 同时要缩容：指标可能已经失真。 请检查 metrics.k8s.io 背后的服务。如果负载确实消失了，可以等到保持期结束，或以 --scale-down-breaker=off 启动控制器。',
    ],
  },
  {
    why: 'the scale-down breaker looks first',
    given: { samples: IDLE, options: BREAKER, facts: { pressure: { wantsDownSinceMs: null, apis: [] } } },
    en: [
      'stays at 3: the scale-down breaker looks at the other HPAs first; would go to 1; cpu at 0 % of request, target 50 %; 0 wanted; nothing higher was recommended in the last 5 min; minReplicas is 1',
      '1 waits until 12:00:15: the scale-down breaker looks at every HPA before a scale down.',
    ],
    zh: [
      '保持 3：缩容熔断先看其他 HPA 的情况；否则应为 1；cpu 为请求的 0%，目标值 50%；推荐 0；最近 5 分钟内没有更高的推荐；minReplicas（最小副本数）为 1',
      '1 要等到 12:00:15：缩容熔断在放行之前，要先看过所有 HPA。',
    ],
  },
])('$why', ({ given, en, zh }) => {
  expect([told(given, 'en'), told(given, 'zh-CN')]).toEqual([en, zh]);
});

it('a hold is the last word: nothing is said of a write', () => {
  const paused = decideGiven({ annotations: { 'paused-until': '2026-01-01T12:05:00Z' } });
  expect(explainDecision(paused, 'en', OPTIONS).steps.map(({ topic }) => topic)).toEqual([
    'options',
    'path',
    'selector',
    'metric',
    'combination',
    'stabilization',
    'limit',
    'hold',
  ]);
});
