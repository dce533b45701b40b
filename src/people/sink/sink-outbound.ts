import { SINK_CONNECT_MS_MAX } from '../../base/sink-limits.ts';
import { createOutbound, type Outbound, type OutboundOptions } from '../../platform/http/outbound.ts';
import { METADATA_GUARD } from '../../platform/http/outbound-guard.ts';
import { type PublicAddressRules, publicAddressGuard } from '../../platform/http/public-address-guard.ts';

/** The connections of all sinks: to whom the configuration names, and to public addresses alone. */
export interface SinkOutbound {
  readonly outbound: Outbound;
  readonly publicOutbound: Outbound;
  close(): Promise<void>;
}

/** Makes them; none is opened before the first message. `options` carry the proxy and private authorities. */
export function createSinkOutbound(
  options: Pick<OutboundOptions, 'ioClock' | 'proxy' | 'tls' | 'tlsContext'>,
  publicRules: PublicAddressRules = {},
): SinkOutbound {
  const common = { ...options, connectDeadlineMs: SINK_CONNECT_MS_MAX };
  const outbound = createOutbound({ ...common, guard: METADATA_GUARD });
  const publicOutbound = createOutbound({ ...common, guard: publicAddressGuard(publicRules) });
  return {
    outbound,
    publicOutbound,
    close: async () => {
      await Promise.all([outbound.close(), publicOutbound.close()]);
    },
  };
}
