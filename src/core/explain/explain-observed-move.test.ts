import { describe, expect, test } from 'vitest';
import { explainObservedMove } from './explain-observed-move.ts';
import type { ExplainableDecision } from './explanation.ts';
import {
  type ComparisonUnknown,
  type DisagreementReason,
  isDisagreement,
  MOVE_VERDICT_KINDS,
  type MoveVerdictKind,
  type ObservedMove,
  withoutPodNames,
} from './observed-move.ts';

const PATH = { code: 'Disabled', currentReplicas: 0, minReplicas: 1, maxReplicas: 10 } as const;

const OURS: ExplainableDecision = {
  hpa: { namespace: 'shop', name: 'web', uid: 'u' },
  atMs: 0,
  isDeleted: false,
  currentReplicas: 0,
  desiredReplicas: 0,
  scaledTo: null,
  scaleWriteAttempts: [],
  rescaleReason: null,
  error: null,
  trace: {
    path: PATH,
    selector: null,
    metrics: [],
    combination: null,
    stabilization: null,
    limit: null,
    wakeFloor: null,
    hold: null,
    options: null,
  },
};

const MOVE: ObservedMove = {
  kind: 'otherNumber',
  atMs: 0,
  fromReplicas: 4,
  theirReplicas: 6,
  ourReplicas: 5,
  unknown: null,
  reasons: [],
  ours: OURS,
};

const options = { formatTime: String };

function inBoth(move: Partial<ObservedMove>) {
  const english = explainObservedMove({ ...MOVE, ...move }, 'en', options);
  const chinese = explainObservedMove({ ...MOVE, ...move }, 'zh-CN', options);
  return { english, chinese };
}

describe('what both did', () => {
  const rows: readonly [kind: MoveVerdictKind, move: Partial<ObservedMove>, english: string, chinese: string][] = [
    ['agreedMove', { ourReplicas: 6 }, 'both 4 → 6', '双方都是 4 → 6'],
    ['otherNumber', {}, 'they went 4 → 6, we would have gone to 5', '对方 4 → 6，我方本应到 5'],
    ['theyMovedAlone', { ourReplicas: 4 }, 'they went 4 → 6, we would have stayed', '对方 4 → 6，我方本应保持不变'],
    ['theyMovedAlone', { ourReplicas: null }, 'they went 4 → 6, we came to no count', '对方 4 → 6，我方没有得出副本数'],
    [
      'weMovedAlone',
      { theirReplicas: null },
      'we would have gone 4 → 5, for two periods nobody moved',
      '我方本应 4 → 5，两个同步周期内没有任何人调整',
    ],
    ['notComparable', {}, 'they went 4 → 6, and we cannot compare', '对方 4 → 6，无法比较'],
    [
      'notComparable',
      { theirReplicas: null },
      'we would have gone 4 → 5, and cannot compare',
      '我方本应 4 → 5，无法比较',
    ],
  ];
  test.each(rows)('%s %j', (kind, move, english, chinese) => {
    const said = inBoth({ ...move, kind });
    expect([said.english.verdict, said.chinese.verdict]).toEqual([english, chinese]);
  });

  test('three of the verdicts are disagreements', () => {
    expect(MOVE_VERDICT_KINDS.filter(isDisagreement)).toEqual(['otherNumber', 'theyMovedAlone', 'weMovedAlone']);
  });

  test('and what we decided ourselves', () => {
    const { english, chinese } = inBoth({});
    expect([english.ours, chinese.ours]).toEqual([
      'ours: stays at 0: scaling is paused because the target has 0 replicas',
      '我方：保持 0：扩缩目标为 0 个副本，扩缩容处于暂停状态',
    ]);
  });
});

describe('why they differ', () => {
  const rows: readonly [reason: DisagreementReason, english: string, chinese: string][] = [
    [
      { code: 'MetricDiffers', label: 'cpu', unit: 'percent', theirs: 80, ours: 55 },
      'they saw cpu at 80 %, we saw 55 %.',
      '对方看到的 cpu 是 80%，我方看到的是 55%。',
    ],
    [
      { code: 'MetricDiffers', label: 'cpu', unit: 'cores', theirs: 1500, ours: 250 },
      'they saw cpu at 1.5, we saw 250m.',
      '对方看到的 cpu 是 1.5，我方看到的是 250m。',
    ],
    [
      { code: 'MetricFailedHere', label: 'queue', reason: 'FailedGetExternalMetric', message: 'forbidden' },
      'queue failed for us and not for them (FailedGetExternalMetric): forbidden. Compare the rights of the two accounts.',
      'queue 在我方获取失败，对方正常（FailedGetExternalMetric）：forbidden。请比较两个账号的权限。',
    ],
    [
      { code: 'MetricFailedThere', reason: 'FailedGetResourceMetric', message: 'no metrics' },
      'their metric failed (FailedGetResourceMetric): no metrics.',
      '对方获取指标失败（FailedGetResourceMetric）：no metrics。',
    ],
    [
      { code: 'OurTolerance', label: 'cpu', down: 0.1, up: 0.1 },
      'cpu is within our tolerance (10 %), and theirs seems to be narrower: compare --horizontal-pod-autoscaler-tolerance.',
      'cpu 在我方的容差（10%）之内，对方的容差似乎更小：请比较 --horizontal-pod-autoscaler-tolerance。',
    ],
    [
      { code: 'TheirTolerance', label: 'cpu', down: 0.05, up: 0.1 },
      'cpu is outside our tolerance (5 % down, 10 % up), they see the same value and nothing holds them, so theirs seems to be wider: compare --horizontal-pod-autoscaler-tolerance.',
      'cpu 超出了我方的容差（缩容 5%，扩容 10%）；对方看到同样的值，也没有别的限制，所以对方的容差似乎更大：请比较 --horizontal-pod-autoscaler-tolerance。',
    ],
    [
      { code: 'OurWindow', direction: 'down', windowMs: 300_000, heldReplicas: 7 },
      'our scale-down window (5 min) holds 7, and theirs seems to be shorter: compare --horizontal-pod-autoscaler-downscale-stabilization.',
      '我方的缩容稳定窗口（5 分钟）把副本数保持在 7，对方的窗口似乎更短：请比较 --horizontal-pod-autoscaler-downscale-stabilization。',
    ],
    [
      { code: 'TheirWindow', direction: 'up', windowMs: 0 },
      'their scale-up window still holds the count, and ours (0 s) does not: compare behavior.scaleUp.stabilizationWindowSeconds, or their controller was restarted and its window began anew.',
      '对方的扩容稳定窗口仍保持着副本数，我方的（0 秒）已经不再保持：请比较 behavior.scaleUp.stabilizationWindowSeconds；也可能是对方的控制器重启过，窗口从头开始。',
    ],
    [
      { code: 'OurRateLimit', direction: 'up', limitReplicas: 8 },
      'our policies allow up to 8 for now: after a restart theirs have forgotten earlier moves.',
      '我方的扩缩策略目前只允许扩容到 8；对方若重启过，就不记得之前的扩缩了。',
    ],
    [
      { code: 'TheirLimit', reason: 'ScaleUpLimit', message: 'too fast' },
      'a limit holds them (ScaleUpLimit): too fast.',
      '对方受到限制（ScaleUpLimit）：too fast。',
    ],
    [
      { code: 'OurBound', bound: 'maxReplicas', boundReplicas: 10 },
      'our move ends at maxReplicas 10.',
      '我方的结果受 maxReplicas（10）限制。',
    ],
    [
      { code: 'OurFill', label: 'cpu', unreadyCount: 2, missingCount: 1 },
      'pods without a usable cpu sample count for us (2 unready, 1 without data): compare --horizontal-pod-autoscaler-cpu-initialization-period and --horizontal-pod-autoscaler-initial-readiness-delay.',
      '我方计入了没有可用 cpu 样本的 Pod（2 个未就绪，1 个没有数据）：请比较 --horizontal-pod-autoscaler-cpu-initialization-period 和 --horizontal-pod-autoscaler-initial-readiness-delay。',
    ],
    [{ code: 'OurPath', path: 'Disabled' }, 'we asked no metric (Disabled).', '我方没有查询任何指标（Disabled）。'],
    [
      { code: 'TheirCondition', type: 'ScalingActive', reason: 'AmbiguousSelector', message: 'two HPAs' },
      'their ScalingActive says AmbiguousSelector: two HPAs.',
      '对方的 ScalingActive 显示 AmbiguousSelector：two HPAs。',
    ],
    [
      { code: 'StatusSilent', sinceMs: 0 },
      'the metric has moved and their status has not been written since: does their controller run?',
      '指标已经变化，但对方此后没有再写过状态：对方的控制器还在运行吗？',
    ],
  ];
  test.each(rows)('$code', (reason, english, chinese) => {
    const said = inBoth({ reasons: [reason] });
    expect([said.english.reasons, said.chinese.reasons]).toEqual([[english], [chinese]]);
  });
});

describe('why they cannot be compared', () => {
  const rows: readonly [unknown: ComparisonUnknown, english: string, chinese: string][] = [
    [
      { code: 'WindowUnknown', direction: 'down', windowMs: 300_000 },
      'we have not watched for one scale-down window (5 min) yet: earlier recommendations are theirs alone.',
      '我方观察的时间还不到一个缩容稳定窗口（5 分钟）：更早的推荐副本数只有对方知道。',
    ],
    [
      { code: 'BudgetUnknown', periodMs: 60_000 },
      'they moved shortly before we began: how much of a policy’s budget was left (60 s) is theirs alone to know.',
      '对方在我方开始观察之前不久扩缩过：扩缩策略在周期内（60 秒）还剩多少额度，只有对方知道。',
    ],
    [
      { code: 'SyncsMissed', gapMs: 45_010 },
      'we missed syncs around it (45 s between two).',
      '我方在这前后漏掉了同步（两次同步相隔 45 秒）。',
    ],
    [
      { code: 'NobodyActs' },
      'nobody ever wrote the status of this HPA: no controller acts on it.',
      '从来没有人写过这个 HPA 的状态：没有控制器在管理它。',
    ],
    [
      { code: 'TheirWriteFailed', message: 'quota' },
      'they wanted to move and could not: quota.',
      '对方想调整，但写入失败：quota。',
    ],
  ];
  test.each(rows)('$code', (unknown, english, chinese) => {
    const said = inBoth({ kind: 'notComparable', unknown });
    expect([said.english.reasons, said.chinese.reasons]).toEqual([[english], [chinese]]);
  });
});

test('a decision that is kept names no pods, and five rivals at most', () => {
  const rivals = ['a', 'b', 'c', 'd', 'e', 'f'];
  const pods = { readyCount: 1, unready: [], missing: ['p1'], ignored: [], missingFilledWith: null };
  const metric = { code: 'MetricProposed', index: 0, pods };
  const failed = { code: 'MetricFailed', index: 1, message: 'm' };
  const selector = { code: 'Ambiguous', selector: 'app=web', podCount: 9, rivals };
  const trace = { ...OURS.trace, selector, metrics: [metric, failed] };
  const decision = { ...OURS, trace, memory: 'much', status: 'too' } as unknown as ExplainableDecision;
  expect(withoutPodNames(decision)).toEqual({
    ...OURS,
    trace: {
      ...OURS.trace,
      selector: { ...selector, rivals: ['a', 'b', 'c', 'd', 'e'] },
      metrics: [{ ...metric, pods: null }, failed],
    },
  });
});
