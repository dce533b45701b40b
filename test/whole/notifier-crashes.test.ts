import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

const EPISODE_COUNT = 5;
const SINKS = ['ding', 'mail'];

interface Received {
  readonly sink: string;
  readonly noticeIds: readonly string[];
  readonly isPossibleDuplicate: boolean;
  readonly pid: number;
  readonly crashAt: string;
}

let folder: string;
let server: Server;
let received: Received[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-crash-'));
  received = [];
  server = createServer(async (request: IncomingMessage, response) => {
    const message = JSON.parse(await text(request)) as Received;
    received.push(message);
    const isThird = received.length === 3;
    // It has the message, and the sender will never know.
    if (message.crashAt === 'sent' && isThird) process.kill(message.pid, 'SIGKILL');
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** Runs one process to its end: what it said, or the signal that ended it. */
async function run(...crashAt: readonly string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const words = [join(folder, 'notifier.db'), `http://127.0.0.1:${port}/`, `${EPISODE_COUNT}`, ...crashAt];
  const child = spawn(process.execPath, ['test/notify/delivering-process.ts', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 50_000,
  });
  const [said, [, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return signal ?? said.trim();
}

test.each([
  'before journal',
  'after journal',
  'before mark',
  'after mark',
  'sent',
  'answered',
  'before settled',
  'after settled',
])('a process that is killed %s loses nothing, and tells at most one message of each sink twice', async (instant) => {
  expect(await run(instant)).toBe('SIGKILL');
  expect(await run()).toBe('done');
  for (const sink of SINKS) {
    const messages = received.filter((message) => message.sink === sink);
    const seen = messages.flatMap(({ noticeIds }) => noticeIds);
    const expected = Array.from({ length: EPISODE_COUNT }, (_, index) => `scale.up.started e${index}`);
    expect([...new Set(seen)].sort(), `told through ${sink}`).toEqual(expected);
    const again = messages.filter(({ noticeIds }, index) => {
      return messages.slice(0, index).some((before) => before.noticeIds.some((id) => noticeIds.includes(id)));
    });
    expect(again.length).toBeLessThanOrEqual(1);
    expect(again.every(({ isPossibleDuplicate }) => isPossibleDuplicate)).toBe(true);
  }
});
