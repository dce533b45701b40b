import type { Notice } from '../../src/core/episode/notice.ts';
import type { Message } from '../../src/core/explain/message.ts';
import type { Delivery } from '../../src/people/sink/sink.ts';

/** 2026-11-22T03:04:41Z. */
export const SAMPLE_AT_MS = Date.UTC(2026, 10, 22, 3, 4, 41);

/** A scale-up of seed 000 that came to its end. */
export function sampleNotice(changes: Partial<Notice> = {}): Notice {
  return {
    id: 'n-a1b2c3-completed',
    type: 'scale.up.completed',
    severity: 'info',
    atMs: SAMPLE_AT_MS,
    cluster: 'prod-sh-1',
    subject: {
      namespace: 'prod',
      hpaName: 'nginx',
      hpaUid: '6d7f0f3e-0000-4000-8000-000000000001',
      hpaLabels: {},
      targetKind: 'Deployment',
      targetName: 'nginx',
      replicasMin: 1,
      replicasMax: 5,
    },
    episode: {
      id: 'a1b2c3',
      direction: 'up',
      baselineReplicas: 1,
      targetReplicas: 5,
      openedAtMs: SAMPLE_AT_MS - 102_000,
      steps: [
        { atMs: SAMPLE_AT_MS - 102_000, fromReplicas: 1, toReplicas: 3 },
        { atMs: SAMPLE_AT_MS - 72_000, fromReplicas: 3, toReplicas: 5 },
      ],
      readings: [{ source: 'Resource', name: 'cpu', current: '132%', target: '80%', usageRatio: 1.65 }],
      limiter: 'TooManyReplicas',
    },
    isObservedLate: false,
    isUnverified: false,
    details: { kind: 'pods', availableReplicas: 5, cause: undefined, message: '' },
    ...changes,
  };
}

/** Its message, as a reader in Shanghai is shown it. */
export function sampleMessage(changes: Partial<Message> = {}): Message {
  return {
    language: 'zh-CN',
    severity: 'info',
    title: '[扩容完成] prod/nginx 1→5',
    facts: [
      { label: '集群', value: 'prod-sh-1' },
      { label: '工作负载', value: 'Deployment/nginx' },
      { label: '副本数', value: '1 → 3 → 5（2 步）' },
      { label: '触发指标', value: 'cpu（当前 132%, 目标 80%）' },
    ],
    paragraphs: ['就绪 5/5。'],
    link: { text: '查看决策', url: 'https://podtide.example/hpa/prod/nginx?at=1795316681000&lang=zh' },
    tag: '#a1b2c3',
    colon: '：',
    ...changes,
  };
}

/** Its delivery. */
export function sampleDelivery(changes: Partial<Delivery> = {}): Delivery {
  return {
    id: 'd-1',
    message: sampleMessage(),
    notices: [sampleNotice()],
    isPossibleDuplicate: false,
    mention: { mobiles: [], userIds: [], isEverybody: false },
    ...changes,
  };
}
