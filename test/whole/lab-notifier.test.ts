import { expect, test } from 'vitest';
import { startLabNotifier } from '../../src/app/processes/lab-notifier.ts';
import { LAB_ROUTES } from '../../src/app/processes/lab-routes.ts';
import { createMessageCards } from '../../src/app/processes/message-cards.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { DecisionHistory } from '../../src/control/history/decision-history.ts';
import { STORIES } from '../../src/lab/world/stories/catalogue.ts';
import { NoticeBoard } from '../../src/people/notify/notice-board.ts';
import { LabCluster } from './support/lab-cluster.ts';

const CHINESE = { language: 'zh-CN', timeZone: 'Asia/Shanghai', pageUrl: 'http://127.0.0.1:8080/' } as const;

test('the walkthrough is one start and one completion on its way up, and on its way down', async () => {
  const lab = new LabCluster();
  const history = new DecisionHistory('lab', SILENT_LOG);
  await lab.start();
  await lab.startController({ history });
  const board = new NoticeBoard(LAB_ROUTES);
  const notifier = await startLabNotifier({
    client: lab.kube(),
    clock: lab.clock,
    ioClock: lab.io,
    random: () => 0.5,
    log: SILENT_LOG,
    delivery: lab.ledger,
    speed: { kind: 'max' },
    board,
  });
  try {
    await lab.play(STORIES.walkthrough);
    const cards = createMessageCards(board, history);
    const messages = await cards.messages(CHINESE);
    expect(
      messages.map(({ type, title, severity, route, sink }) => [type, title, severity, `${route} → ${sink}`]),
    ).toEqual([
      ['scale.up.started', '[扩容开始] default/php-apache 1→4', 'info', 'everything → team'],
      ['scale.up.completed', '[扩容完成] default/php-apache 1→7', 'info', 'everything → team'],
      ['scale.down.started', '[缩容开始] default/php-apache 7→1', 'info', 'everything → team'],
      ['scale.down.completed', '[缩容完成] default/php-apache 7→1', 'info', 'everything → team'],
    ]);
    const moves = (await history.list({ isChangeOnly: true })).filter(({ scaledTo }) => scaledTo !== null);
    const [toFour, toSeven] = moves.map(({ id }) => `http://127.0.0.1:8080/#/default/php-apache/${id}`);
    expect(messages[0]?.text.split(/ {2}\n|\n\n/)).toEqual([
      '#### [扩容开始] default/php-apache 1→4',
      '> 集群：lab',
      '> 命名空间：default',
      '> 工作负载：Deployment/php-apache',
      '> HPA：php-apache（1–10）',
      '> 副本数：1 → 4',
      '> 目标副本：4',
      '> 触发指标：cpu 当前 305%，目标 50%（目标的 6.1 倍；资源指标）',
      '> 限制：扩容速度受策略限制，之后可能继续扩容',
      '> 时间：2026-01-01 08:01:00 +08:00',
      expect.stringContaining(`[查看决策](${toFour}) #`),
    ]);
    expect(messages[1]?.text).toContain('副本数：1 → 4 → 7（2 步）  \n> 就绪副本：7/7');
    expect(messages[1]?.text).toContain(`(${toSeven})`);
    const english = await cards.messages({ ...CHINESE, language: 'en', timeZone: 'UTC' });
    expect(english.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    expect(english[1]?.title).toBe('[Scaled up] default/php-apache 1→7');
    expect(english[1]?.text).toContain('2026-01-01 00:01:16 +00:00');
    await expect(cards.messages({ ...CHINESE, timeZone: 'Mars' })).rejects.toThrow('timeZone: Mars is no time zone');
    expect(lab.complaints).toEqual([]);
  } finally {
    await notifier.stop();
    await lab.end();
  }
});
