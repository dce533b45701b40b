import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { askThread } from './ask-thread.ts';

let worker: Worker | undefined;

afterEach(() => worker?.terminate());

/** A thread that answers 'double' twice as large, ends with the code it is told, throws a text and ignores null. */
function startThread(): Worker {
  const program = `
    const { parentPort } = require('node:worker_threads');
    parentPort.on('message', (question) => {
      if (typeof question === 'string') throw new Error(question);
      if (question?.code !== undefined) process.exit(question.code);
      if (question !== null) parentPort.postMessage(question * 2);
    });`;
  worker = new Worker(program, { eval: true });
  return worker;
}

const NAMED = { name: 'the doubling thread' };

test('one answer for each question, and nothing is left listening', async () => {
  const thread = startThread();
  const before = thread.listenerCount('message');
  expect([await askThread(thread, 2, NAMED), await askThread(thread, 21, NAMED)]).toEqual([4, 42]);
  expect(['message', 'error', 'exit'].map((event) => thread.listenerCount(event))).toEqual([before, 0, 0]);
});

test('an error of the thread is the answer', async () => {
  await expect(askThread(startThread(), 'out of ink', NAMED)).rejects.toThrow('out of ink');
});

test('a thread that ends without an answer', async () => {
  await expect(askThread(startThread(), { code: 3 }, NAMED)).rejects.toThrow('the doubling thread ended with code 3');
});

test('a thread that does not answer in time', async () => {
  const deadline = new AbortController();
  const asked = askThread(startThread(), null, { ...NAMED, signal: deadline.signal });
  deadline.abort(new Error('too late'));
  await expect(asked).rejects.toThrow('too late');
});
