import type { IoClock } from '../../base/clock.ts';
import type { Outbound } from '../../platform/http/outbound.ts';
import type { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';
import type { SecretSource } from './secret-source.ts';

/** What every sink is given. `createSinkOutbound` makes the connections. */
export interface SinkEnvironment {
  /** To receivers that the configuration names. */
  readonly outbound: Outbound;
  /** To addresses that it does not name: public ones alone. */
  readonly publicOutbound: Outbound;
  readonly ioClock: IoClock;
  readonly secrets: SecretSource;
  /** Takes secrets out of what receivers and errors say. */
  readonly known: KnownSecrets;
  /** Authorities in PEM that mail servers' certificates may be of, instead of the system's. */
  readonly certificateAuthority?: string;
  /** Told how far a receiver's clock is ahead of ours, at each answer that says so. */
  onClockSkew?(sinkName: string, skewMs: number): void;
}
