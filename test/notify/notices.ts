import type { Episode, Notice, NoticeSubject, NoticeType, Severity } from '../../src/core/episode/notice.ts';

/** An HPA called `name` in a namespace, scaling the Deployment of the same name. */
export function subjectOf(name: string, overrides: Partial<NoticeSubject> = {}): NoticeSubject {
  return {
    namespace: 'shop',
    hpaName: name,
    hpaUid: `uid-${name}`,
    hpaLabels: {},
    targetKind: 'Deployment',
    targetName: name,
    replicasMin: 1,
    replicasMax: 5,
    ...overrides,
  };
}

/** An episode of one step up. */
export function episodeOf(id: string, overrides: Partial<Episode> = {}): Episode {
  return {
    id,
    direction: 'up',
    baselineReplicas: 1,
    targetReplicas: 3,
    openedAtMs: 0,
    steps: [{ atMs: 0, fromReplicas: 1, toReplicas: 3 }],
    readings: [],
    limiter: undefined,
    ...overrides,
  };
}

/** A notice of that type about the HPA `web`, with nothing special to it. */
export function noticeOf(type: NoticeType, overrides: Partial<Notice> = {}): Notice {
  const episode = type.startsWith('scale.') ? episodeOf('e1') : undefined;
  return {
    id: `${type} ${overrides.episode?.id ?? overrides.subject?.hpaUid ?? 'web'}`,
    type,
    severity: 'info',
    atMs: 0,
    cluster: 'prod',
    subject: subjectOf('web'),
    episode,
    isObservedLate: false,
    isUnverified: false,
    details: { kind: 'none' },
    ...overrides,
  };
}

/** A stage of the `index`th of many episodes, each of an HPA of its own. */
export function stageOf(index: number, type: NoticeType, severity: Severity = 'info'): Notice {
  const subject = subjectOf(`web-${index}`);
  return noticeOf(type, { subject, severity, episode: episodeOf(`e${index}`) });
}
