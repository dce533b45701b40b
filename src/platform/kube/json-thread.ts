import { type MessagePort, parentPort } from 'node:worker_threads';
import type { ParseCommand, ParsedPart } from './large-json.ts';

/** The thread behind `createLargeJsonParser`: parses one body at a time and gives it out in parts. */
const PART_BYTES = 1024 * 1024;

if (parentPort !== null) answerCommands(parentPort);

function answerCommands(port: MessagePort): void {
  let rest: { readonly items: readonly unknown[]; readonly partItemCount: number } = { items: [], partItemCount: 1 };

  const begin = (body: Uint8Array): ParsedPart => {
    const value = JSON.parse(new TextDecoder().decode(body)) as { readonly items?: unknown } | null;
    const { items, ...head } = value ?? {};
    if (!Array.isArray(items)) return { kind: 'whole', value };
    rest = { items, partItemCount: Math.max(1, Math.floor((items.length * PART_BYTES) / body.byteLength)) };
    return { kind: 'head', head };
  };

  const next = (): ParsedPart => {
    const { items, partItemCount } = rest;
    rest = { items: items.slice(partItemCount), partItemCount };
    return { kind: 'items', items: items.slice(0, partItemCount), isLast: rest.items.length === 0 };
  };

  port.on('message', (command: ParseCommand) => {
    try {
      port.postMessage(command.kind === 'parse' ? begin(command.body) : next());
    } catch (thrown) {
      port.postMessage({ kind: 'error', message: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  });
}
