import type { Language } from './language.ts';

/** What is said around the decision that rules would lead to. */
export interface AdapterPreviewSentences {
  readonly head: (hpa: string, rules: string) => string;
  readonly asked: string;
  readonly nothingAsked: string;
}

/** What is said around a preview in a language; the decision itself is explained as every other. */
export function adapterPreviewSentences(language: Language): AdapterPreviewSentences {
  return SENTENCES[language];
}

const SENTENCES: Readonly<Record<Language, AdapterPreviewSentences>> = {
  en: {
    head: (hpa, rules) =>
      `HPA ${hpa} by the rules of ${rules}, as a controller decides that has just started: a scale-down waits for its window first. Nothing is written.`,
    asked: 'Asked of Prometheus:',
    nothingAsked: 'Prometheus was asked for no value.',
  },
  'zh-CN': {
    head: (hpa, rules) =>
      `按 ${rules} 的规则推演 HPA ${hpa}，相当于控制器刚刚启动时的决定：缩容会先等待稳定窗口。不会写入任何内容。`,
    asked: '向 Prometheus 发出的查询：',
    nothingAsked: '没有向 Prometheus 查询任何值。',
  },
};
