import { decimalText } from './amount.ts';
import { term } from './glossary.ts';
import type { ObservationSentences } from './observation-sentences.ts';
import type { Direction } from './observed-move.ts';
import { SENTENCES_ZH } from './sentences-zh.ts';

const TOLERANCE = term('tolerance', 'zh-CN');
const WINDOW = term('stabilizationWindow', 'zh-CN');
const POLICY = term('policy', 'zh-CN');

/** Observations in Chinese. */
export const OBSERVATION_ZH: ObservationSentences = {
  verdicts: {
    agreedMove: ({ fromReplicas, theirReplicas }) => `双方都是 ${fromReplicas} → ${theirReplicas}`,
    otherNumber: ({ fromReplicas, theirReplicas, ourReplicas }) =>
      `对方 ${fromReplicas} → ${theirReplicas}，我方本应到 ${ourReplicas}`,
    theyMovedAlone: ({ fromReplicas, theirReplicas, ourReplicas }) =>
      ourReplicas === null
        ? `对方 ${fromReplicas} → ${theirReplicas}，我方没有得出副本数`
        : `对方 ${fromReplicas} → ${theirReplicas}，我方本应保持不变`,
    weMovedAlone: ({ fromReplicas, ourReplicas }) =>
      `我方本应 ${fromReplicas} → ${ourReplicas}，两个同步周期内没有任何人调整`,
    notComparable: ({ fromReplicas, theirReplicas, ourReplicas }) =>
      theirReplicas === null
        ? `我方本应 ${fromReplicas} → ${ourReplicas}，无法比较`
        : `对方 ${fromReplicas} → ${theirReplicas}，无法比较`,
  },
  reasons: {
    MetricDiffers: ({ label, theirs, ours }) => `对方看到的 ${label} 是 ${theirs}，我方看到的是 ${ours}。`,
    MetricFailedHere: ({ label, reason, message }) =>
      `${label} 在我方获取失败，对方正常（${reason}）：${message}。请比较两个账号的权限。`,
    MetricFailedThere: ({ reason, message }) => `对方获取指标失败（${reason}）：${message}。`,
    OurTolerance: ({ label, down, up }) =>
      `${label} 在我方的${TOLERANCE}（${toleranceText(down, up)}）之内，对方的${TOLERANCE}似乎更小：请比较 --horizontal-pod-autoscaler-tolerance。`,
    TheirTolerance: ({ label, down, up }) =>
      `${label} 超出了我方的${TOLERANCE}（${toleranceText(down, up)}）；对方看到同样的值，也没有别的限制，所以对方的${TOLERANCE}似乎更大：请比较 --horizontal-pod-autoscaler-tolerance。`,
    OurWindow: ({ direction, windowMs, heldReplicas }) =>
      `我方的${directionText(direction)}${WINDOW}（${durationText(windowMs)}）把副本数保持在 ${heldReplicas}，对方的窗口似乎更短：${windowFlag(direction)}。`,
    TheirWindow: ({ direction, windowMs }) =>
      `对方的${directionText(direction)}${WINDOW}仍保持着副本数，我方的（${durationText(windowMs)}）已经不再保持：${windowFlag(direction)}；也可能是对方的控制器重启过，窗口从头开始。`,
    OurRateLimit: ({ direction, limitReplicas }) =>
      `我方的${POLICY}目前只允许${directionText(direction)}到 ${limitReplicas}；对方若重启过，就不记得之前的扩缩了。`,
    TheirLimit: ({ reason, message }) => `对方受到限制（${reason}）：${message}。`,
    OurBound: ({ bound, boundReplicas }) => `我方的结果受 ${bound}（${boundReplicas}）限制。`,
    OurFill: ({ label, unreadyCount, missingCount }) =>
      `我方计入了没有可用 ${label} 样本的 Pod（${unreadyCount} 个未就绪，${missingCount} 个没有数据）：请比较 --horizontal-pod-autoscaler-cpu-initialization-period 和 --horizontal-pod-autoscaler-initial-readiness-delay。`,
    OurPath: ({ path }) => `我方没有查询任何指标（${path}）。`,
    TheirCondition: ({ type, reason, message }) => `对方的 ${type} 显示 ${reason}：${message}。`,
    StatusSilent: () => '指标已经变化，但对方此后没有再写过状态：对方的控制器还在运行吗？',
  },
  unknowns: {
    WindowUnknown: ({ direction, windowMs }) =>
      `我方观察的时间还不到一个${directionText(direction)}${WINDOW}（${durationText(windowMs)}）：更早的推荐副本数只有对方知道。`,
    BudgetUnknown: ({ periodMs }) =>
      `对方在我方开始观察之前不久扩缩过：${POLICY}在周期内（${durationText(periodMs)}）还剩多少额度，只有对方知道。`,
    SyncsMissed: ({ gapMs }) => `我方在这前后漏掉了同步（两次同步相隔 ${durationText(gapMs)}）。`,
    NobodyActs: () => '从来没有人写过这个 HPA 的状态：没有控制器在管理它。',
    TheirWriteFailed: ({ message }) => `对方想调整，但写入失败：${message}。`,
  },
  ours: (headline) => `我方：${headline}`,
  report: {
    head: ({ cluster, since, hpaCount, syncCount, quietCount }) =>
      `${cluster}，自 ${since} 起观察：${hpaCount} 个 HPA，${syncCount} 次同步，其中 ${quietCount} 次双方都不动。`,
    counts: ({ agreedMove, otherNumber, theyMovedAlone, weMovedAlone, notComparable }) =>
      `扩缩：${agreedMove} 次一致，${otherNumber} 次数目不同，${theyMovedAlone} 次只有对方调整，${weMovedAlone} 次只有我方要调整，${notComparable} 次无法比较。`,
    ratio: (ratio) =>
      ratio === null
        ? '一致率：还没有可以比较的扩缩。'
        : `一致率：可比较的扩缩中有 ${decimalText(ratio * 100, 1)}% 一致。`,
    nothingSeen: '观察者还没有同步过任何 HPA。',
    disagreements: '不一致之处，新的在前：',
    notComparable: '无法比较之处，新的在前：',
    leftOut: (leftOutCount) => `另有 ${leftOutCount} 次已计入上面的数目，细节不再保留。`,
    decision: (id) => `决定：${id}`,
    allAgree: '所有扩缩都一致。',
  },
};

function directionText(direction: Direction): string {
  return term(direction === 'up' ? 'scaleUp' : 'scaleDown', 'zh-CN');
}

function windowFlag(direction: Direction): string {
  return direction === 'down'
    ? '请比较 --horizontal-pod-autoscaler-downscale-stabilization'
    : '请比较 behavior.scaleUp.stabilizationWindowSeconds';
}

function toleranceText(down: number, up: number): string {
  const [downPercent, upPercent] = [decimalText(down * 100, 2), decimalText(up * 100, 2)];
  return down === up ? `${upPercent}%` : `缩容 ${downPercent}%，扩容 ${upPercent}%`;
}

function durationText(durationMs: number): string {
  return SENTENCES_ZH.duration(Math.round(durationMs / 1000) * 1000);
}
