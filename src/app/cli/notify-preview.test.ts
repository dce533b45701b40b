import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { episodeOf, stageOf } from '../../../test/notify/notices.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { NOTICE_TYPES } from '../../core/episode/notice.ts';
import { LANGUAGES } from '../../core/explain/language.ts';
import { RecentNotices } from '../../people/notify/recent-notices.ts';
import { SINK_KINDS } from '../../people/sink/sink-kinds.ts';
import { SqliteStore } from '../../platform/store/sqlite-store.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { readEnvironment } from '../config/environment.ts';
import { parseNotifyPreview } from '../config/notify-config.ts';
import { previewText } from './notify-preview.ts';

const ENVIRONMENT = readEnvironment({});
const SIGNAL = new AbortController().signal;

function preview(type: string, flags: Parameters<typeof parseNotifyPreview>[1]): Promise<string> {
  return previewText(parseNotifyPreview(type, flags, ENVIRONMENT), ENVIRONMENT, createSystemClock());
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

  test('has the link that the configuration gives to decisions', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podtide-preview-'));
    const config = join(folder, 'notifier.yaml');
    await writeFile(
      config,
      `cluster: {id: prod-1, displayName: Production}
decisionUrl: https://decisions.example.com/{cluster}/{namespace}/{hpa}
sinks: {chat: {type: slack, webhookRef: {file: never-read}}}
routes: [{sinks: [chat]}]
`,
    );
    try {
      const text = await preview('scale.up.completed', { sink: 'chat', lang: 'en', config });
      expect(text).toContain('\nDecision: https://decisions.example.com/prod-1/default/nginx-hpa\n');
    } finally {
      await rm(folder, { recursive: true });
    }
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

  test('of an episode: what the notifier had last to say of it, as it was, out of its file while it runs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podtide-preview-'));
    const path = join(folder, 'notifier.db');
    const store = new SqliteStore({ path, identity: 'one', ioClock: createSystemClock(), log: SILENT_LOG });
    try {
      await store.claim(SIGNAL);
      const clock = new VirtualClock();
      const recent = new RecentNotices({ put: (key, text) => void store.commit(key, text, SIGNAL) }, clock, undefined);
      for (const type of ['scale.up.started', 'scale.up.completed'] as const) {
        recent.add(stageOf(1, type));
        recent.add({
          ...stageOf(2, type),
          episode: episodeOf('beef00112233', { baselineReplicas: 2, targetReplicas: 9 }),
        });
      }
      clock.advanceBy(1_000);
      await store.commit('other', 'x', SIGNAL);
      const flags = { sink: 'dingtalk', lang: 'zh-CN', state: `file:${path}`, output: 'json' };
      const { text } = JSON.parse(await preview('#beef00', flags));
      expect(text.content).toContain('服务: shop/web-2');
      expect(text.content).toContain('hpa扩容完成');
      await expect(preview('abcdef', flags)).rejects.toThrow(
        '#abcdef: none of the last 4 notices is of this episode; there are #e1, #beef00',
      );
      await expect(preview('abcdef', { ...flags, state: `file:${folder}/none` })).rejects.toThrow(
        `${folder}/none: cannot be read as the store of a notifier: `,
      );
    } finally {
      await store.release(1_000);
      await rm(folder, { recursive: true });
    }
  });

  test.each([
    [
      'a type that there is not',
      'scale.sideways',
      { sink: 'dingtalk' },
      /^scale\.sideways: is neither the id of an episode, such as a1b2c3, nor a type of notice; there are scale\.up\.started, /,
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
