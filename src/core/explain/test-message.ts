import type { Language } from './language.ts';
import type { Message } from './message.ts';

const MARKS: Readonly<Record<Language, string>> = { en: '[Test]', 'zh-CN': '[测试]' };

const SENTENCES: Readonly<Record<Language, string>> = {
  en: 'Somebody tries whether messages arrive here. Nothing has happened.',
  'zh-CN': '这是一条测试消息，用于确认能否收到通知，没有发生任何事情。',
};

/** A message that says of itself that it is a test, in whatever it is shown. */
export function asTest(message: Message): Message {
  const { language, title, paragraphs } = message;
  return { ...message, title: `${MARKS[language]} ${title}`, paragraphs: [SENTENCES[language], ...paragraphs] };
}
