import type { MetricReading, Notice, NoticeType } from '../episode/notice.ts';
import type { MessageFact } from './message.ts';
import { durationOf, limiterText, messageOf, metricWords, noticeFacts, readyText } from './notice-facts.ts';
import { countsOf, decidingReading, pathText, placeOf } from './notice-parts.ts';
import { marked, nameOf, type Wording, wordNotice } from './notice-wording.ts';
import type { NoticeWords } from './notice-words.ts';

const SOURCES: Readonly<Record<MetricReading['source'], string>> = {
  Resource: '资源指标',
  ContainerResource: '容器指标',
  Pods: 'Pod 指标',
  Object: '对象指标',
  External: '外部指标',
};

/** Where the first line has another word than the type of the event. */
const FIRST_LINES: Partial<Readonly<Record<NoticeType, string>>> = {
  'scale.up.started': '扩容触发',
  'scale.down.started': '缩容触发',
};

const COMPLETIONS: ReadonlySet<NoticeType> = new Set(['scale.up.completed', 'scale.down.completed']);

/**
 * A notice with the fields and words that are widely matched by robots' keywords: `HPA 扩容触发`, `服务`, `当前副本数`,
 * `目标副本数`, `触发条件`, `指标详情`, `时间`, `事件类型: hpa扩容开始`. Their meaning is put right: the service is the workload
 * and not the HPA, the condition is the metric that decided, details are of every type of metric, the time has a zone, and
 * a completion is one. What was never told of has the same form. `words` are the Chinese ones.
 */
export function wordAsSeed(
  notice: Notice,
  words: NoticeWords,
  formatInstant: (atMs: number) => string,
  isMerged: boolean,
): Wording {
  const name = nameOf(notice, words);
  return {
    name: `HPA ${marked(FIRST_LINES[notice.type] ?? name, notice, words)}`,
    about: '',
    facts: [
      ...(notice.subject === undefined ? [] : [{ label: '服务', value: placeOf(notice) }]),
      ...bodyOf(notice, words, formatInstant, isMerged),
      { label: '事件类型', value: `hpa${name}` },
    ],
    paragraphs: wordNotice(notice, words, formatInstant, isMerged).paragraphs,
  };
}

function bodyOf(
  notice: Notice,
  words: NoticeWords,
  formatInstant: (atMs: number) => string,
  isMerged: boolean,
): readonly MessageFact[] {
  const { type, episode } = notice;
  const told: readonly (readonly [label: string, value: string | undefined])[] =
    episode !== undefined && FIRST_LINES[type] !== undefined
      ? [
          ['当前副本数', String(episode.baselineReplicas)],
          ['目标副本数', String(episode.targetReplicas)],
          ['触发条件', triggerText(episode.readings)],
          ['指标详情', detailsText(episode.readings)],
        ]
      : episode !== undefined && COMPLETIONS.has(type)
        ? [
            ['当前副本数', String(episode.targetReplicas)],
            ['就绪副本数', readyText(notice, words)],
            ['扩缩过程', words.values.path(pathText(countsOf(episode)), episode.steps.length)],
            ['耗时', durationOf(notice, words)],
          ]
        : [];
  const facts = noticeFacts(notice, words, formatInstant, isMerged);
  const isOf = (labels: readonly (keyof NoticeWords['labels'])[], { label }: MessageFact): boolean =>
    labels.some((known) => words.labels[known] === label);
  if (notice.subject === undefined) return facts;
  if (told.length === 0) return facts.filter((fact) => !isOf(['namespace', 'workload'], fact));
  const rest = [
    ...told,
    ['时间', formatInstant(notice.atMs)] as const,
    [words.labels.limiter, limiterText(notice, words)] as const,
    ['信息', messageOf(notice)] as const,
  ];
  return [
    ...rest.flatMap(([label, value]) => (value === undefined || value === '' ? [] : [{ label, value }])),
    ...facts.filter((fact) => isOf(['cluster', 'hpa', 'since'], fact)),
  ];
}

/** `cpu 132% 高于目标 80%`. */
function triggerText(readings: readonly MetricReading[]): string {
  const deciding = decidingReading(readings);
  if (deciding?.usageRatio === undefined) return '未知';
  const { name, current, target } = metricWords(deciding);
  const relation = deciding.usageRatio > 1 ? '高于' : deciding.usageRatio < 1 ? '低于' : '等于';
  return `${name} ${current} ${relation}目标 ${target}`;
}

/** `[资源指标: cpu, 当前值: 132%, 目标值: 80%]`. */
function detailsText(readings: readonly MetricReading[]): string {
  if (readings.length === 0) return '没有可用的指标详情';
  const parts = readings
    .map(metricWords)
    .map(
      ({ source, name, current, target }) =>
        `${SOURCES[source]}: ${name}, 当前值: ${current ?? '没有数据'}, 目标值: ${target}`,
    );
  return `[${parts.join(', ')}]`;
}
