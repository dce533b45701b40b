import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { askThread } from '../thread/ask-thread.ts';
import { INLINE_JSON_PARSER, type JsonParser } from './answer-body.ts';

/** A parser that holds a thread once it has met a large body. */
export interface LargeJsonParser extends JsonParser {
  close(): Promise<void>;
}

/** From this size on a body would stop the event loop for tens of milliseconds. */
const LARGE_BODY_BYTES_MIN = 4 * 1024 * 1024;

/** What the thread is told. */
export type ParseCommand =
  | { readonly kind: 'parse'; readonly body: Uint8Array }
  /** Asks for the next part of the body parsed last. */
  | { readonly kind: 'next' };

/** What the thread answers to each command. */
export type ParsedPart =
  /** Everything but `items`, which follow in parts. */
  | { readonly kind: 'head'; readonly head: Readonly<Record<string, unknown>> }
  | { readonly kind: 'items'; readonly items: readonly unknown[]; readonly isLast: boolean }
  | { readonly kind: 'whole'; readonly value: unknown }
  | { readonly kind: 'error'; readonly message: string };

/**
 * A parser that hands bodies over 4 MB to a thread of its own. A list comes back in parts of about a megabyte, each asked for
 * in a turn of its own: a value that crosses threads is built anew on this side, and in one piece that would take as long
 * as parsing it here.
 */
export function createLargeJsonParser(): LargeJsonParser {
  let worker: Worker | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const parseLarge = async (body: Uint8Array): Promise<unknown> => {
    worker ??= startWorker();
    const first = await ask(worker, { kind: 'parse', body });
    if (first.kind === 'error') throw new SyntaxError(first.message);
    if (first.kind === 'whole') return first.value;
    const head = first.kind === 'head' ? first.head : {};
    const items: unknown[] = [];
    for (;;) {
      const part = await ask(worker, { kind: 'next' });
      if (part.kind !== 'items') throw new SyntaxError('the parsing thread lost its place');
      for (const item of part.items) items.push(item);
      if (part.isLast) return { ...head, items };
    }
  };

  return {
    parse: (body) => {
      if (body.byteLength < LARGE_BODY_BYTES_MIN) return INLINE_JSON_PARSER.parse(body);
      const parsed = turn.then(() => parseLarge(body));
      turn = parsed.catch(() => {
        // A thread that failed is not asked again; the next large body gets a new one.
        const failed = worker;
        worker = undefined;
        return failed?.terminate();
      });
      return parsed;
    },
    close: async () => {
      await turn;
      await worker?.terminate();
      worker = undefined;
    },
  };
}

function startWorker(): Worker {
  // The file stands beside this one, in whichever of the two languages the program runs.
  const worker = new Worker(new URL(`./json-thread${extname(import.meta.url)}`, import.meta.url));
  worker.unref();
  return worker;
}

function ask(worker: Worker, command: ParseCommand): Promise<ParsedPart> {
  return askThread(worker, command, { name: 'the parsing thread' });
}
