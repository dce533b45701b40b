import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sampleDelivery } from '../../../test/sinks/sample-delivery.ts';
import { sinkBench } from '../../../test/sinks/sink-bench.ts';
import { startSinkServer } from '../../../test/sinks/sink-server.ts';
import { createRobotSink, type RobotDialect } from './robot-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'podtide-add-a-sink-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SIGNAL = new AbortController().signal;

/** The file that the page shows, as if it stood beside the others. */
function fileOf(language: string): string {
  const page = readFileSync(`docs/how-to/${language}/add-a-sink.md`, 'utf8');
  return /```ts\n(.*?)```/s.exec(page)?.[1] ?? '';
}

test('both languages show the same file', () => {
  expect(fileOf('en')).toBe(fileOf('zh-CN'));
  expect(fileOf('en')).toContain('discordDialect');
});

test('the sink that the page adds sends, and is judged like the others', async () => {
  const beside = new URL('./', import.meta.url).pathname;
  const path = join(folder, 'discord-sink.ts');
  writeFileSync(
    path,
    fileOf('en').replaceAll(/from '(\.[^']+)'/g, (_all, target) => `from '${join(beside, target)}'`),
  );
  const { discordDialect } = (await import(/* @vite-ignore */ path)) as { discordDialect: () => RobotDialect };
  const server = await startSinkServer(({ target }) =>
    target === '/api/webhooks/1/token-of-a-webhook'
      ? { status: 204, body: '', isTaken: true }
      : { status: 404, body: JSON.stringify({ message: 'Unknown Webhook', code: 10_015 }), isTaken: false },
  );
  const bench = sinkBench();
  try {
    bench.secrets.set('discord', `${server.url}/api/webhooks/1/token-of-a-webhook`);
    const settings = { webhook: { file: 'discord' }, allowedOrigins: [server.url] };
    const sink = await createRobotSink('discord', discordDialect(), settings, bench.environment);
    expect((await sink.send(sampleDelivery(), SIGNAL)).kind).toBe('sent');
    const sent = JSON.parse(server.taken()[0]?.body.toString() ?? '');
    expect(sent.content).toContain('[扩容完成] prod/nginx 1→5');
    expect(sent.allowed_mentions).toEqual({ parse: [] });
    bench.secrets.set('discord', `${server.url}/api/webhooks/1/another-token`);
    expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({ kind: 'deadDestination' });
  } finally {
    await bench.close();
    await server.close();
  }
});
