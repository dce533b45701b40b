import { describe, expect, test } from 'vitest';
import { NOTICE_TYPES } from '../../core/episode/notice.ts';
import { LANGUAGES } from '../../core/explain/language.ts';
import { SINK_KINDS } from '../../people/sink/sink-kinds.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { readEnvironment } from '../config/environment.ts';
import { parseNotifyPreview } from '../config/notify-config.ts';
import { previewText } from './notify-preview.ts';

const ENVIRONMENT = readEnvironment({});

function preview(type: string, flags: Parameters<typeof parseNotifyPreview>[1]): Promise<string> {
  return previewText(parseNotifyPreview(type, flags, ENVIRONMENT), createSystemClock());
}

describe('podtide notify preview', () => {
  test('shows a message as a robot would be sent it, with stand-ins for what is secret', async () => {
    const text = await preview('scale.up.completed', { sink: 'dingtalk', lang: 'zh-CN', timezone: 'Asia/Shanghai' });
    const [message = '', request = ''] = text.split('\n\nPOST ');
    expect(message).toMatch(/^HPA 扩容完成:\n[\s\S]*服务: default\/nginx[\s\S]*事件类型: hpa扩容完成/);
    expect(request).toMatch(
      /^https:\/\/oapi\.dingtalk\.com\/robot\/send\?access_token=\*\*\*&timestamp=\d{13}&sign=\*\*\*\n\{\n {2}"msgtype": "text"/,
    );
  });

  test('the body alone, for another tool to read', async () => {
    const json = await preview('limit.max.entered', { sink: 'slack', lang: 'en', output: 'json' });
    expect(JSON.parse(json).blocks[0]).toMatchObject({ type: 'header' });
  });

  test('every type has one in every sink and language, and none shows a credential', async () => {
    for (const type of NOTICE_TYPES) {
      for (const sink of Object.keys(SINK_KINDS)) {
        for (const lang of LANGUAGES) {
          const text = await preview(type, { sink, lang });
          expect([type, sink, lang, text.length > 20]).toEqual([type, sink, lang, true]);
          expect(text).not.toMatch(/0123456789abcdef|undefined|NaN/);
        }
      }
    }
  });

  test.each([
    [
      'a type that there is not',
      'scale.sideways',
      { sink: 'dingtalk' },
      /^scale\.sideways: is no type of notice; there are scale\.up\.started, /,
    ],
    ['no sink', 'scale.stuck', {}, /^--sink is missing; it must be a kind of sink such as dingtalk/],
    [
      'a kind that there is not',
      'scale.stuck',
      { sink: 'pager' },
      /^--sink=pager: is no kind of sink; there are dingtalk, /,
    ],
    [
      'a zone that there is not',
      'scale.stuck',
      { sink: 'slack', timezone: 'Mars' },
      /^--timezone=Mars: must be a time zone/,
    ],
  ])('refused: %s', async (_why, type, flags, message) => {
    const refusal = await (async () => preview(type, flags))().catch((thrown: unknown) => thrown);
    expect((refusal as Error).message).toMatch(message);
  });
});
