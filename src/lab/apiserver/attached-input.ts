import type { WebSocket } from 'ws';
import { API_SERVER_ATTACHED_CHUNKS_MAX } from '../../base/limits.ts';

/** The first byte of a message that ends a channel, in the newest protocol. */
const CLOSE_CHANNEL = 255;
const STDIN_CHANNEL = 0;

/**
 * What an attached client types, from the moment it is attached: nothing is lost before somebody reads, and a client that
 * types faster than that is made to wait. Ends when the client ends its input or goes.
 */
export class AttachedInput implements AsyncIterable<Uint8Array> {
  readonly #webSocket: WebSocket;
  readonly #waiting: Uint8Array[] = [];
  #hasEnded = false;
  #wake = (): void => undefined;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on('message', (message: Buffer) => this.#take(message));
    webSocket.on('close', () => this.#end());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        if (this.#waiting.length === 0) this.#webSocket.resume();
        yield next;
      } else if (this.#hasEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #take(message: Buffer): void {
    if (message[0] === STDIN_CHANNEL) {
      this.#waiting.push(message.subarray(1));
      if (this.#waiting.length >= API_SERVER_ATTACHED_CHUNKS_MAX) this.#webSocket.pause();
      this.#wake();
    } else if (message[0] === CLOSE_CHANNEL && message[1] === STDIN_CHANNEL) {
      this.#end();
    }
  }

  #end(): void {
    this.#hasEnded = true;
    this.#wake();
  }
}
