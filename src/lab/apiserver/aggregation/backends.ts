import type { IoClock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { identityHeaders } from '../../../platform/access/identity-headers.ts';
import { createOutbound, type Outbound, type OutboundAnswer } from '../../../platform/http/outbound.ts';
import type { User } from '../authentication.ts';
import { type RemoteApiService, serverNameOf } from './remote-api-service.ts';
import type { AggregationOptions } from './service-network.ts';

/** A request of a user to the backend of an APIService. */
export interface BackendRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly user: User;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
  readonly headDeadlineMs: number;
  readonly isBodyRaw?: boolean;
}

interface Connections {
  /** What the connections were made for; others are made when it changes. */
  readonly identity: string;
  readonly outbound: Outbound;
}

/** Connections to the backends of APIServices: each verified by its `caBundle`, all shown the front proxy's certificate. */
export class Backends {
  readonly #options: AggregationOptions | null;
  readonly #ioClock: IoClock;
  readonly #connections = new Map<string, Connections>();

  constructor(options: AggregationOptions | null, ioClock: IoClock) {
    this.#options = options;
    this.#ioClock = ioClock;
  }

  /** Where the Service of an APIService is reached now; undefined when nothing stands behind it. */
  urlOf({ service }: RemoteApiService): string | undefined {
    return this.#options?.network(service);
  }

  /** Throws Failure('unavailable') when no answer came, worded as Go words it. */
  async send(remote: RemoteApiService, request: BackendRequest): Promise<OutboundAnswer> {
    const url = this.urlOf(remote);
    if (url === undefined) {
      const { namespace, name, port } = remote.service;
      throw new Failure('unavailable', `no route to service ${namespace}/${name} port ${port}`);
    }
    const { user, target, headers, body, isBodyRaw = false, ...rest } = request;
    return this.#outboundFor(remote).request({
      ...rest,
      url: `${url}${target}`,
      headers: { ...headers, ...identityHeaders(user) },
      ...(body === undefined || body.length === 0 ? {} : { body }),
      idleDeadlineMs: 0,
      isBodyRaw,
    });
  }

  /** Ends the connections to an APIService's backend. */
  forget(name: string): Promise<void> {
    const known = this.#connections.get(name);
    this.#connections.delete(name);
    return known?.outbound.close() ?? Promise.resolve();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.keys()].map((name) => this.forget(name)));
  }

  #outboundFor(remote: RemoteApiService): Outbound {
    const identity = JSON.stringify([remote.caBundle, remote.isVerified, serverNameOf(remote)]);
    const known = this.#connections.get(remote.name);
    if (known?.identity === identity) return known.outbound;
    // Requests under way over the old connections end with them, as they do when upstream's transport changes.
    void known?.outbound.close();
    const outbound = this.#connect(remote);
    this.#connections.set(remote.name, { identity, outbound });
    return outbound;
  }

  #connect(remote: RemoteApiService): Outbound {
    const identity = this.#options?.clientIdentity;
    return createOutbound({
      ioClock: this.#ioClock,
      tls: {
        ...(remote.caBundle === '' ? {} : { certificateAuthority: remote.caBundle }),
        ...(identity === undefined ? {} : identity),
        serverName: serverNameOf(remote),
        isVerified: remote.isVerified,
        needsAlternativeName: true,
      },
    });
  }
}
