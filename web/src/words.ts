import { term } from '../../src/core/explain/glossary.ts';
import type { Language } from '../../src/core/explain/language.ts';

/** What the page itself says. Terms are the glossary's; sentences about decisions are core/explain's. */
export interface Words {
  readonly skip: string;
  readonly languageSwitch: string;
  readonly themeSwitch: string;
  readonly themes: Readonly<Record<'auto' | 'light' | 'dark', string>>;
  readonly connection: Readonly<Record<'connecting' | 'live' | 'lost', string>>;
  readonly fleet: string;
  readonly states: Readonly<Record<HpaState, string>>;
  readonly current: string;
  readonly desired: string;
  readonly recommendation: string;
  readonly bounds: string;
  readonly target: string;
  readonly band: string;
  readonly replicas: string;
  readonly metric: string;
  readonly noData: string;
  readonly requestsPerSecond: string;
  readonly failed: string;
  readonly lastChange: string;
  readonly timeline: string;
  readonly why: string;
  readonly newest: string;
  readonly backToNewest: string;
  readonly findings: string;
  readonly severities: Readonly<Record<'problem' | 'warning' | 'note', string>>;
  readonly range: string;
  readonly ranges: Readonly<Record<'quarter' | 'hour' | 'sixHours' | 'all', string>>;
  readonly gone: string;
  readonly loading: string;
  readonly noHpaTitle: string;
  readonly noHpaText: string;
  readonly noDecisionText: string;
  readonly failureTitle: string;
  readonly failureText: string;
  readonly retry: string;
  readonly unreadable: string;
  readonly messages: string;
  readonly messagesHint: string;
  readonly noMessages: string;
  readonly robot: string;
  readonly route: string;
  readonly noticeSeverities: Readonly<Record<'info' | 'warning' | 'critical', string>>;
  readonly chartOfReplicas: (name: string) => string;
  readonly chartOfMetric: (label: string, name: string) => string;
}

/** How an HPA fares, for a glance. */
export type HpaState = 'failing' | 'paused' | 'capped' | 'scalingUp' | 'scalingDown' | 'held' | 'steady';

const EN: Words = {
  skip: 'Skip to the chosen HPA',
  languageSwitch: 'Language',
  themeSwitch: 'Colours',
  themes: { auto: 'Auto', light: 'Light', dark: 'Dark' },
  connection: { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' },
  fleet: 'HorizontalPodAutoscalers',
  states: {
    failing: 'No decision',
    paused: 'Paused',
    capped: 'At maximum',
    scalingUp: 'Scaling up',
    scalingDown: 'Scaling down',
    held: 'Held',
    steady: 'Steady',
  },
  current: 'Current replicas',
  desired: 'Desired replicas',
  recommendation: 'Recommendation',
  bounds: 'minReplicas, maxReplicas',
  target: 'Target',
  band: 'Tolerance',
  replicas: 'Replicas',
  metric: 'Metric',
  noData: term('noData', 'en'),
  requestsPerSecond: 'Requests per second',
  failed: 'failed',
  lastChange: 'Last change',
  timeline: 'Changes',
  why: 'Why',
  newest: 'newest decision',
  backToNewest: 'Back to the newest',
  findings: 'Good to know',
  severities: { problem: 'Problem', warning: 'Careful', note: 'Note' },
  range: 'Time shown',
  ranges: { quarter: '15 min', hour: '1 h', sixHours: '6 h', all: 'All' },
  gone: 'The details of this decision have made room for newer ones.',
  loading: 'Loading',
  noHpaTitle: 'No HorizontalPodAutoscaler yet',
  noHpaText: 'Create one, and its first decision appears here at once:',
  noDecisionText: 'This HPA has no decision yet. One is made when it is created and then every sync period.',
  failureTitle: 'The dashboard does not answer',
  failureText: 'Is podtide still running in its terminal? The page tries again by itself as soon as it is back.',
  retry: 'Try again',
  unreadable: 'unknown',
  messages: 'Notifications',
  messagesHint: 'As a DingTalk robot would send them; nothing is sent.',
  noMessages: 'Nothing to tell yet.',
  robot: 'Robot',
  route: 'Route',
  noticeSeverities: { info: 'Info', warning: 'Warning', critical: 'Critical' },
  chartOfReplicas: (name) => `Replicas of ${name} over time`,
  chartOfMetric: (label, name) => `${label} of ${name} over time, with its target and tolerance`,
};

const ZH: Words = {
  skip: '跳到选中的 HPA',
  languageSwitch: '语言',
  themeSwitch: '配色',
  themes: { auto: '自动', light: '浅色', dark: '深色' },
  connection: { connecting: '连接中', live: '实时', lost: '重新连接中' },
  fleet: 'HorizontalPodAutoscaler 列表',
  states: {
    failing: '未作决定',
    paused: '已暂停',
    capped: term('maxReached', 'zh-CN'),
    scalingUp: `正在${term('scaleUp', 'zh-CN')}`,
    scalingDown: `正在${term('scaleDown', 'zh-CN')}`,
    held: '保持中',
    steady: '平稳',
  },
  current: term('currentReplicas', 'zh-CN'),
  desired: term('desiredReplicas', 'zh-CN'),
  recommendation: term('recommendation', 'zh-CN'),
  bounds: `${term('minReplicas', 'zh-CN')}、${term('maxReplicas', 'zh-CN')}`,
  target: term('targetValue', 'zh-CN'),
  band: term('tolerance', 'zh-CN'),
  replicas: term('replicas', 'zh-CN'),
  metric: term('metric', 'zh-CN'),
  noData: term('noData', 'zh-CN'),
  requestsPerSecond: '每秒请求数',
  failed: '失败',
  lastChange: '最近一次变化',
  timeline: '变化记录',
  why: term('reason', 'zh-CN'),
  newest: '最新决定',
  backToNewest: '回到最新',
  findings: '值得注意',
  severities: { problem: '问题', warning: '留意', note: '说明' },
  range: '显示时段',
  ranges: { quarter: '15 分钟', hour: '1 小时', sixHours: '6 小时', all: '全部' },
  gone: '这次决定的详情已让位给更新的记录。',
  loading: '加载中',
  noHpaTitle: '还没有 HorizontalPodAutoscaler',
  noHpaText: '创建一个，它的第一个决定会立即出现在这里：',
  noDecisionText: '这个 HPA 还没有决定。创建时会作一次决定，之后每个同步周期一次。',
  failureTitle: '仪表盘没有响应',
  failureText: 'podtide 还在终端里运行吗？恢复后本页会自动重试。',
  retry: '重试',
  unreadable: '未知',
  messages: '通知',
  messagesHint: '与钉钉机器人发送的消息一致，这里不会真的发送。',
  noMessages: '暂无通知。',
  robot: '机器人',
  route: '路由',
  noticeSeverities: { info: '提示', warning: '警告', critical: '紧急' },
  chartOfReplicas: (name) => `${name} 的副本数变化`,
  chartOfMetric: (label, name) => `${name} 的 ${label} 变化，含目标值和容差`,
};

export function wordsIn(language: Language): Words {
  return language === 'zh-CN' ? ZH : EN;
}
