import type { IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { createDecisionAccess, OPEN_ACCESS } from '../../control/history/decision-access.ts';
import { DecisionStreams } from '../../control/history/decision-stream.ts';
import { createDecisionsEndpoint } from '../../control/history/decisions-endpoint.ts';
import type { DecisionFeed } from '../../control/history/feed.ts';
import { createObservationEndpoint } from '../../control/history/observation-endpoint.ts';
import type { ObservationLog } from '../../control/history/observation-log.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import type { Health } from '../../platform/telemetry/health.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { DecisionListenConfig } from '../config/controller-config.ts';
import { type OwnListener, openOwnListener } from './own-listener.ts';

/** What the controller's server shows. */
export interface ControllerServerPorts {
  readonly health: Health;
  readonly telemetry: Telemetry;
  readonly feed: DecisionFeed;
  /** What an observer found out; null in a controller that acts. */
  readonly observation: ObservationLog | null;
  /** Asked who may see decisions. */
  readonly client: Pick<KubeClient, 'create'>;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/**
 * Serves `/decisions` and `/observation` beside what every process shows of itself. Streams end before the server does:
 * tokens come with the requests, so that beyond loopback it is always TLS.
 */
export async function serveController(where: DecisionListenConfig, ports: ControllerServerPorts): Promise<OwnListener> {
  const { feed, ioClock, log } = ports;
  const access = where.isDecisionTokenWaived ? OPEN_ACCESS : createDecisionAccess(ports.client, ioClock);
  const streams = new DecisionStreams(feed, ioClock);
  const decisions = createDecisionsEndpoint({ feed, access, streams });
  const observation = createObservationEndpoint({ log: ports.observation, access });
  const listener = await openOwnListener(where, {
    name: 'podtide-controller',
    health: ports.health,
    telemetry: ports.telemetry,
    ioClock,
    log,
    handle: async (request) => (await decisions(request)) ?? (await observation(request)),
  });
  return {
    url: listener.url,
    close: () => {
      streams.close();
      return listener.close();
    },
  };
}
