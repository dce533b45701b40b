import type { Notice } from '../../../core/episode/notice.ts';
import { gravestOf } from '../../../core/episode/severity.ts';
import type { Message } from '../../../core/explain/message.ts';
import type { RenderRequest } from './delivery-port.ts';

/** A message of bare facts, for when the one that was meant cannot be made: better than none. */
export function plainMessage({ notices, route }: RenderRequest): Message {
  const [first] = notices;
  return {
    language: route.language === 'en' ? 'en' : 'zh-CN',
    severity: gravestOf(notices),
    title: first === undefined ? '' : lineOf(first),
    facts: [],
    paragraphs: notices.slice(1).map(lineOf),
    link: undefined,
    tag: '',
    colon: route.language === 'en' ? ': ' : '：',
  };
}

function lineOf({ type, cluster, subject }: Notice): string {
  return subject === undefined ? `[${type}] ${cluster}` : `[${type}] ${subject.namespace}/${subject.hpaName}`;
}
