import { afterEach, describe, expect, test } from 'vitest';
import { readerIn, noticeOf as variantOf } from '../../../test/fixtures/notices.ts';
import { sampleDelivery } from '../../../test/sinks/sample-delivery.ts';
import { HTTP_KINDS, RIGS, sinkBench } from '../../../test/sinks/sink-bench.ts';
import { explainNotices, type NoticeReader } from '../../core/explain/explain-notices.ts';
import { mailOf } from './mail.ts';
import { marked } from './robot-sink.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const SIGNAL = new AbortController().signal;
const ADDRESSES = { from: 'podtide@example.com', to: ['sre@example.com'] };

const READERS: readonly (readonly [name: string, reader: NoticeReader, mark: string, foreign: string])[] = [
  ['zh-CN', readerIn('zh-CN'), '可能重复', 'possible duplicate'],
  ['en', readerIn('en'), 'possible duplicate', '可能重复'],
  ['both', readerIn('zh-CN', 'en'), '可能重复', 'possible duplicate'],
  ['the seed’s words', { ...readerIn('zh-CN'), style: 'seed' }, '可能重复', 'possible duplicate'],
];

/** Forms in which people read a message, and what a sink of that kind is set up with beside its credentials. */
const FORMS = [
  ['dingtalk', { format: 'text' }],
  ['dingtalk', { format: 'markdown' }],
  ['dingtalk', { format: 'actionCard' }],
  ['feishu', { format: 'card' }],
  ['feishu', { format: 'text' }],
  ['wecom', { format: 'markdown' }],
  ['wecom', { format: 'text' }],
  ['slack', {}],
] as const;

/** How often a message is marked: its title may stand both over its text and in a list of conversations. */
function markCounts(body: string, mark: string): number {
  return body.split(mark).length - 1;
}

describe.each(READERS)('what may have come before, in %s', (_name, reader, mark, foreign) => {
  const message = explainNotices([variantOf('scale.up.completed')], reader);

  test.each(FORMS)('%s %j says so, once where it stands, and nothing else does', async (kind, format) => {
    const bench = sinkBench();
    const { server, settings } = await RIGS[kind](bench);
    closing.push(bench.close, server.close);
    const sink = await bench.create({ ...settings, ...format } as typeof settings);
    await sink.send(sampleDelivery({ message }), SIGNAL);
    await sink.send(sampleDelivery({ message, isPossibleDuplicate: true }), SIGNAL);
    const [plain = '', doubtful = ''] = server.taken().map(({ body }) => body.toString());
    const titleCount = markCounts(plain, 'prod/nginx 1→5') || markCounts(plain, message.title);
    expect([markCounts(plain, mark), markCounts(doubtful, mark)]).toEqual([0, Math.max(1, titleCount)]);
    expect(doubtful).not.toContain(foreign);
  });

  test('a mail says so in its subject, and is the same mail for a mailbox', () => {
    const plain = mailOf(marked(sampleDelivery({ message })), ADDRESSES, 0);
    const doubtful = mailOf(marked(sampleDelivery({ message, isPossibleDuplicate: true })), ADDRESSES, 0);
    expect([markCounts(plain.subject, mark), markCounts(doubtful.subject, mark)]).toEqual([0, 1]);
    expect([markCounts(doubtful.text, mark), markCounts(doubtful.html, mark)]).toEqual([1, 1]);
    expect(doubtful.messageId).toBe(plain.messageId);
  });
});

test('programs know it by its id: a webhook is told besides, Alertmanager replaces what it has', async () => {
  const bodies: string[][] = [];
  for (const kind of ['webhook', 'alertmanager'] as const) {
    const bench = sinkBench();
    const { server, settings } = await RIGS[kind](bench);
    closing.push(bench.close, server.close);
    const sink = await bench.create(settings);
    await sink.send(sampleDelivery(), SIGNAL);
    await sink.send(sampleDelivery({ isPossibleDuplicate: true }), SIGNAL);
    bodies.push(server.taken().map(({ body }) => body.toString()));
  }
  const [[first = '', again = ''] = [], [alert, same] = []] = bodies;
  expect([first, again].map((body) => JSON.parse(body).data.isPossibleDuplicate)).toEqual([false, true]);
  expect(JSON.parse(again).id).toBe(JSON.parse(first).id);
  expect(same).toBe(alert);
});

test('every kind over HTTP is looked at here', () => {
  expect(new Set<string>([...FORMS.map(([kind]) => kind), 'webhook', 'alertmanager'])).toEqual(new Set(HTTP_KINDS));
});
