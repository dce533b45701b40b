import type { MetricReading } from '../episode/notice.ts';
import { term } from './glossary.ts';
import { NOTICE_PARAGRAPHS_ZH } from './notice-paragraphs-zh.ts';
import type { NoticeWords, ValueWords } from './notice-words.ts';
import { roughDuration } from './rough-duration.ts';

const SOURCES: Readonly<Record<MetricReading['source'], string>> = {
  Resource: term('resourceMetric', 'zh-CN'),
  ContainerResource: term('containerResourceMetric', 'zh-CN'),
  Pods: term('podsMetric', 'zh-CN'),
  Object: term('objectMetric', 'zh-CN'),
  External: term('externalMetric', 'zh-CN'),
};

const values: ValueWords = {
  hpa: (name, replicasMin, replicasMax) => `${name}（${replicasMin}–${replicasMax}）`,
  path: (path, stepCount) => (stepCount > 1 ? `${path}（${stepCount} 步）` : path),
  metric: ({ source, name, current, target, ratio }) =>
    `${name} ${current === undefined ? '没有数据' : `当前 ${current}`}，目标 ${target}（${ratio === '' ? '' : `目标的 ${ratio} 倍；`}${SOURCES[source]}）`,
  limiter: (reason, replicasMin, replicasMax) => {
    switch (reason) {
      case 'TooManyReplicas':
        return `maxReplicas（最大副本数）${replicasMax}，实际需要更多`;
      case 'TooFewReplicas':
        return `minReplicas（最小副本数）${replicasMin}，实际需要更少`;
      case 'ScaleUpLimit':
        return '扩容速度受策略限制，之后可能继续扩容';
      case 'ScaleDownLimit':
        return '缩容速度受策略限制，之后可能继续缩容';
      default:
        return reason;
    }
  },
  unverifiedReady: '未核实',
  wanted: (replicaCount) => `约 ${replicaCount}`,
  hpas: (hpaCount) => `${hpaCount} 个 HPA`,
  times: (count) => `${count} 次`,
  seconds: (seconds) => `${seconds} 秒`,
  duration: (durationMs) =>
    roughDuration(durationMs, { day: '天', hour: '小时', minute: '分', second: '秒', none: '不到 1 秒' }).replace(
      /分$/,
      '分钟',
    ),
  list: (items, moreCount) => `${items.join('、')}${moreCount > 0 ? ` 等另外 ${moreCount} 个` : ''}`,
};

/** Notices in Chinese. */
export const NOTICE_WORDS_ZH: NoticeWords = {
  colon: '：',
  names: {
    'scale.up.started': term('scaleUpStarted', 'zh-CN'),
    'scale.up.completed': term('scaleUpCompleted', 'zh-CN'),
    'scale.down.started': '缩容开始',
    'scale.down.completed': '缩容完成',
    'scale.superseded': { up: '扩容中途调减', down: '缩容中途调增' },
    'scale.reverted': '目标回退',
    'scale.stuck': { up: term('scaleUpBlocked', 'zh-CN'), down: '缩容受阻' },
    'scale.aborted': { up: '扩容中止', down: '缩容中止' },
    'scale.to_zero': '缩至零',
    'scale.from_zero': term('activation', 'zh-CN'),
    'scale.manual': '手动调整',
    'limit.max.entered': '已达最大副本数',
    'limit.max.cleared': '恢复弹性余量',
    'target.unreachable': '扩缩目标不可达',
    'target.reachable': '扩缩目标恢复',
    'metrics.lost': term('metricLost', 'zh-CN'),
    'metrics.partial': '部分指标丢失',
    'metrics.recovered': '指标恢复',
    'metrics.provider_down': '指标服务故障',
    'metrics.provider_recovered': '指标服务恢复',
    'flapping.started': '频繁抖动',
    'flapping.digest': '抖动摘要',
    'flapping.ended': '抖动停止',
    'watcher.gap': '观察空档',
    'watcher.sink_down': '通知渠道故障',
    'watcher.sink_recovered': '通知渠道恢复',
    'watcher.heartbeat': '通知器运行正常',
  },
  nameMarks: { unverified: (name) => `${name}（未核实）`, late: (name) => `${name}（事后发现）` },
  labels: {
    cluster: '集群',
    severity: '级别',
    namespace: term('namespace', 'zh-CN'),
    workload: '工作负载',
    hpa: 'HPA',
    direction: '方向',
    replicas: term('replicas', 'zh-CN'),
    targetReplicas: '目标副本',
    readyReplicas: '就绪副本',
    wantedReplicas: '需要副本数',
    reason: term('reason', 'zh-CN'),
    blocked: '曾受阻',
    trigger: '触发指标',
    metric: term('metric', 'zh-CN'),
    lostMetrics: '缺失指标',
    limiter: '限制',
    manager: '修改者',
    affected: '受影响',
    stillAffected: '仍缺指标',
    namespaces: term('namespace', 'zh-CN'),
    reversals: '方向反转',
    starts: '扩缩次数',
    replicaRange: '副本范围',
    window: '建议窗口',
    duration: '耗时',
    lasted: '持续时间',
    since: '开始时间',
    time: '时间',
    span: '时间范围',
    message: '信息',
  },
  severities: { info: '提示', warning: '警告', critical: '严重' },
  directions: { up: term('scaleUp', 'zh-CN'), down: term('scaleDown', 'zh-CN') },
  linkText: '查看决策',
  values,
  causes: {
    FailedUpdateScale: {
      text: '写入 Scale 子资源失败',
      advice: '请检查控制器对该工作负载 Scale 子资源的 update 权限，以及是否有准入 Webhook 拒绝。',
    },
    ReplicaFailure: {
      text: '无法创建 Pod',
      advice: '多半是资源配额（ResourceQuota）、LimitRange 或准入 Webhook 拒绝了新 Pod。',
    },
    Unschedulable: {
      text: 'Pod 无法调度',
      advice: '请检查节点余量、亲和性与污点；使用节点自动扩容时，看它是否正在加节点或已到上限。',
    },
    ImagePull: { text: '镜像拉取失败', advice: '请检查镜像名称、标签、仓库是否可达以及拉取凭据。' },
    CrashLoop: { text: '容器无法启动或反复崩溃', advice: '请用 kubectl logs --previous 查看容器退出前的日志。' },
    NotReady: {
      text: 'Pod 在运行但未就绪',
      advice: '请检查就绪探针和启动耗时；启动本来就慢的，可以放宽 stuckAfter。',
    },
    VolumePending: { text: '存储卷未就绪', advice: '请检查 PVC 是否绑定，以及卷所在的可用区是否有可调度的节点。' },
    Unknown: { text: '原因不明', advice: '请用 kubectl describe 查看该工作负载和它的 Pod。' },
  },
  paragraphs: NOTICE_PARAGRAPHS_ZH,
  digest: {
    name: '扩缩容摘要',
    about: (cluster, noticeCount) => (cluster === '' ? `${noticeCount} 条` : `${cluster} ${noticeCount} 条`),
    noNamespace: '集群与通知器',
    otherNamespaces: (namespaceCount) => `其余 ${namespaceCount} 个命名空间`,
    counts: (noticeCount, parts) => `${noticeCount} 条：${parts.join('，')}`,
    part: (name, count) => `${name} ${count}`,
    line: (name, about, time) => `[${name}] ${about}（${time}）`,
    more: (noticeCount) => `另有 ${noticeCount} 条，已计入上面的数目。`,
  },
};
