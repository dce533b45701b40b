import { sinkIdentity } from '../../test/sinks/sink-identity.ts';
import { type SinkServer, startSinkServer } from '../../test/sinks/sink-server.ts';

/** One notice as it arrived at the webhook. */
export interface ToldEvent {
  /** `scale.up.started`. */
  readonly type: string;
  /** Of its HPA; null for what is told of the cluster. */
  readonly hpaName: string | null;
  /** When the request's body was there, epoch ms: a moment after it began. */
  readonly atMs: number;
}

interface CloudEvent {
  readonly data?: {
    readonly notices?: readonly { readonly type: string; readonly subject?: { readonly hpaName: string } }[];
  };
}

/** A webhook over TLS that takes everything, and what it has been told. */
export class ToldEvents {
  readonly url: string;
  /** Of its certificate, PEM. */
  readonly authority: string;
  readonly #server: SinkServer;
  readonly #events: ToldEvent[];

  private constructor(server: SinkServer, authority: string, events: ToldEvent[]) {
    this.url = server.url;
    this.authority = authority;
    this.#server = server;
    this.#events = events;
  }

  static async listen(): Promise<ToldEvents> {
    const events: ToldEvent[] = [];
    const { tls, authority } = await sinkIdentity();
    const take = ({ body, atMs }: { readonly body: Buffer; readonly atMs: number }) => {
      const { data } = JSON.parse(body.toString()) as CloudEvent;
      for (const { type, subject } of data?.notices ?? []) {
        events.push({ type, hpaName: subject?.hpaName ?? null, atMs });
      }
      return { status: 204, body: '', isTaken: true };
    };
    return new ToldEvents(await startSinkServer(take, { tls }), authority, events);
  }

  /** How many have arrived so far: where a later question begins. */
  get count(): number {
    return this.#events.length;
  }

  /** Those from the `fromCount`th on. */
  since(fromCount: number): readonly ToldEvent[] {
    return this.#events.slice(fromCount);
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}
