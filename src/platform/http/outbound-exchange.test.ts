import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { OutboundExchange } from './outbound-exchange.ts';
import { Agent } from './undici-parts.ts';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that answers so, and a way to begin exchanges with it over one connection. */
async function world(answer: (outgoing: ServerResponse) => void) {
  const server = createServer((_incoming, outgoing) => answer(outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = new Agent({ connections: 1 });
  closing.push(async () => {
    await agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const begin = (signal: AbortSignal = new AbortController().signal, onSending?: () => void): OutboundExchange => {
    const begun = new OutboundExchange({ signal, onSending });
    agent.dispatch({ origin, path: '/', method: 'GET' }, begun);
    return begun;
  };
  return { begin };
}

async function readAll(exchange: OutboundExchange): Promise<string> {
  let text = '';
  for (let chunk = await exchange.take(); chunk !== undefined; chunk = await exchange.take())
    text += Buffer.from(chunk).toString();
  return text;
}

describe('an exchange', () => {
  test('has the head of the final answer, and the body chunk by chunk', async () => {
    const { begin } = await world((outgoing) => {
      outgoing.writeEarlyHints({ link: '</a>; rel=preload' });
      outgoing.writeHead(201, { 'X-Shape': ['a', 'b'] });
      outgoing.write('one ');
      setImmediate().then(() => outgoing.end('two'), outgoing.destroy);
    });
    const exchange = begin();
    expect(await exchange.head).toMatchObject({ status: 201, headers: { 'x-shape': ['a', 'b'] } });
    expect([await readAll(exchange), await exchange.take()]).toEqual(['one two', undefined]);
  });

  test('lets a server wait whose body nobody reads, and loses nothing of it', async () => {
    const bytesCount = 64 * 1024 * 1024;
    let writtenCount = 0;
    const { begin } = await world((outgoing) => {
      const piece = Buffer.alloc(1024 * 1024, 'x');
      const fill = (): void => {
        while (writtenCount < bytesCount) {
          writtenCount += piece.length;
          if (!outgoing.write(piece)) return void outgoing.once('drain', fill);
        }
        outgoing.end();
      };
      fill();
    });
    const exchange = begin();
    await exchange.head;
    // As long as any of it moves.
    for (let before = -1, calm = 0; calm < 1_000; before = writtenCount) {
      await setImmediate();
      calm = before === writtenCount ? calm + 1 : 0;
    }
    // What systems keep for a connection is some of it.
    expect(writtenCount).toBeLessThan(bytesCount / 2);
    let readCount = 0;
    for (let chunk = await exchange.take(); chunk !== undefined; chunk = await exchange.take())
      readCount += chunk.byteLength;
    expect(readCount).toBe(bytesCount);
  });

  test('hands out what had come before the connection broke', async () => {
    const { begin } = await world((outgoing) => {
      outgoing.write('the last words', () => outgoing.destroy());
    });
    const exchange = begin();
    await exchange.head;
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    expect(Buffer.from((await exchange.take()) ?? []).toString()).toBe('the last words');
    await expect(exchange.take()).rejects.toThrow();
    await expect(exchange.take()).rejects.toThrow();
  });

  test.each([
    ['of a body that goes on', (outgoing: ServerResponse) => void outgoing.write('too late')],
    ['of one that was there to its end', (outgoing: ServerResponse) => void outgoing.end('too late')],
  ])('hands out nothing more once it has been given up, %s', async (_why, answer) => {
    const { begin } = await world(answer);
    const controller = new AbortController();
    const exchange = begin(controller.signal);
    await exchange.head;
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    controller.abort(new Error('enough'));
    await expect(exchange.take()).rejects.toThrow('enough');
  });

  test('tells a reader who waits', async () => {
    const { begin } = await world((outgoing) => void outgoing.flushHeaders());
    const controller = new AbortController();
    const exchange = begin(controller.signal);
    await exchange.head;
    const waiting = exchange.take();
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
  });

  test('does not wait for a connection once it has been given up, and is never sent', async () => {
    const { begin } = await world((outgoing) => void outgoing.flushHeaders());
    const first = begin();
    await first.head;
    const controller = new AbortController();
    let isSent = false;
    const second = begin(controller.signal, () => {
      isSent = true;
    });
    controller.abort(new Error('enough'));
    await expect(second.head).rejects.toThrow('enough');
    first.leave();
    const third = begin();
    expect([(await third.head).status, isSent]).toEqual([200, false]);
  });

  test('that was given up before it began is none', async () => {
    const { begin } = await world((outgoing) => outgoing.end());
    await expect(begin(AbortSignal.abort(new Error('enough'))).head).rejects.toThrow('enough');
  });
});
