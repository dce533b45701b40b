import { describe, expect, test } from 'vitest';
import { sentencesIn } from './explain-decision.ts';
import { GLOSSARY } from './glossary.ts';
import type { Language } from './language.ts';
import { LANGUAGES } from './language.ts';

/** Parameters of every sentence at once: each takes what it needs. */
const PARAMS = {
  fromReplicas: 4,
  toReplicas: 7,
  attemptCount: 2,
  error: 'the object has been modified',
  currentReplicas: 4,
  minReplicas: 1,
  maxReplicas: 10,
  selector: 'app=web',
  podCount: 3,
  rivals: 'default/web',
  label: 'cpu',
  targetKind: 'utilization',
  sourceType: 'Resource',
  place: 1,
  current: '76%',
  target: '50%',
  low: '45%',
  high: '55%',
  ratio: '1.52',
  filledRatio: '0.38',
  multiplier: '4',
  proposedReplicas: 7,
  reason: 'FailedGetResourceMetric',
  message: 'no metrics known for pod',
  pods: 'web-1',
  why: 'Running',
  count: 2,
  isCountedAsIdle: true,
  filledWith: '0',
  failedCount: 1,
  metricCount: 2,
  winner: 'cpu',
  failure: 'cpu: no metrics known for pod',
  recommendedReplicas: 7,
  stabilizedReplicas: 6,
  limitedReplicas: 5,
  upWindow: '30 s',
  downWindow: '60 s',
  hasUpWindow: true,
  hasDownWindow: true,
  decidedBy: { replicaCount: 7, at: '04:40:31', until: '04:45:31' },
  rateLimit: 5,
  rate: { kind: 'legacy' },
  hpa: 'web',
  namespace: 'default',
  apiService: 'v1beta1.metrics.k8s.io',
  threshold: '40%',
  inForceCount: 2,
  ignoredCount: 1,
  duration: '30 s',
  until: '05:00:00',
  since: '04:45:00',
  isOver: false,
  owner: 'Job/migrate',
  annotation: 'podtide.dev/warmup',
  value: 'soon',
  min: '0 s',
  max: '60 min',
  lengthMax: 200,
  nearest: 'podtide.dev/warmup',
  wantedReplicas: 3,
  api: 'metrics.k8s.io',
  wantDownCount: 412,
  hpaCount: 1000,
  shareMax: '30%',
  maxAge: '60 s',
  newestAge: '5 min',
  metric: 'orders',
  promql: 'sum(orders)',
  isDirect: true,
};

const PARAMS_ZH = { duration: '30 秒', min: '0 秒', max: '60 分钟', maxAge: '60 秒', newestAge: '5 分钟' };

/** Every sentence of a language under its place in the book, with the parameters filled in. */
function book(language: Language): Map<string, string> {
  const lines = new Map<string, string>();
  const walk = (entry: unknown, place: string): void => {
    if (typeof entry === 'string') lines.set(place, entry);
    else if (typeof entry === 'function') lines.set(place, String(entry(argumentOf(place, language))));
    else for (const [key, inner] of Object.entries(entry as Record<string, unknown>)) walk(inner, `${place}.${key}`);
  };
  walk(sentencesIn(language), '');
  return lines;
}

function argumentOf(place: string, language: Language): unknown {
  if (place === '.percent' || place === '.metric.raw') return '12';
  if (place === '.clauses.writeFailed') return 'conflict';
  if (['.duration', '.andMore', '.metric.readyPods'].includes(place)) return 60_000;
  return language === 'en'
    ? PARAMS
    : { ...PARAMS, upWindow: '30 秒', downWindow: '60 秒', filledWith: '零用量', ...PARAMS_ZH };
}

describe('the books of sentences', () => {
  test('have a sentence for every code of the trace in both languages', () => {
    const places = [...book('en').keys()];
    expect([...book('zh-CN').keys()].sort()).toEqual(places.sort());
    const codes = [
      'PartlyFailedNoScaleDown',
      'WithinToleranceAfterFill',
      'SampleBeforeReady',
      'ScaleDownLimit',
      'ForcedToMax',
      'PodListFailed',
      'requestTimesTarget',
      'CorrelatedScaleDown',
      'OwnerSelection',
      'WithoutPause',
      'NamespaceNotListed',
    ];
    for (const code of codes)
      expect(places.filter((place) => place.endsWith(`.${code}`)).length, code).toBeGreaterThan(0);
  });

  for (const language of LANGUAGES) {
    test(`leave no hole in ${language}`, () => {
      const holed = [...book(language)].filter(
        ([, text]) => text.trim() === '' || /undefined|NaN|\[object|null/.test(text),
      );
      expect(holed.filter(([place]) => !place.endsWith('Separator'))).toEqual([]);
    });
  }

  test('put no Chinese into English', () => {
    expect([...book('en')].filter(([, text]) => /\p{Script=Han}/u.test(text))).toEqual([]);
  });

  test('put a space between Han and Latin, and full-width punctuation after Han', () => {
    const untidy = /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9%]\p{Script=Han}|\p{Script=Han}[,;:!?]|[,;!?]\p{Script=Han}/u;
    expect([...book('zh-CN')].filter(([, text]) => untidy.test(text))).toEqual([]);
  });

  test('end sentences of the derivation with a full stop', () => {
    const proofs = ['path', 'selector', 'rules', 'combination', 'stabilization', 'limit', 'write'];
    const open = LANGUAGES.flatMap((language) => [...book(language)]).filter(
      ([place, text]) => proofs.includes(place.split('.')[1] ?? '') && !/[.。]$/.test(text),
    );
    expect(open).toEqual([]);
  });
});

describe('the glossary', () => {
  test('says tolerance, never toleration, in Chinese', () => {
    expect(GLOSSARY.tolerance['zh-CN']).toBe('容差');
    expect([...book('zh-CN').values()].filter((text) => text.includes('容忍'))).toEqual([]);
  });

  test('keeps the word for a cooldown to the way to zero', () => {
    expect([...book('zh-CN').values()].filter((text) => text.includes('冷却'))).toEqual([]);
  });
});
