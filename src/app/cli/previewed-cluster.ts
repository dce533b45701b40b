import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { AdapterPreviewConfig } from '../config/adapter-preview-config.ts';
import {
  type AdapterPreview,
  type AdapterPreviewPorts,
  PREVIEW_CALL_MS_MAX,
  previewHpa,
} from '../processes/adapter-preview.ts';
import { clusterRecipe, openCluster } from '../processes/cluster-connection.ts';
import type { CliContext } from './context.ts';

/** The preview of an HPA in the cluster that the configuration names, whose connections are closed behind it. */
export async function previewInCluster(
  config: AdapterPreviewConfig,
  ports: Pick<AdapterPreviewPorts, 'files' | 'prometheus' | 'maxAgeMs'>,
  { environment, signal }: CliContext,
): Promise<AdapterPreview> {
  const ioClock = createSystemClock();
  const cluster = await openCluster(clusterRecipe(config, environment), environment, ioClock);
  const { transport, jsonParser, access } = cluster;
  const kube = { transport, jsonParser, ioClock, userAgent: 'podtide-adapter/v1', deadlineMs: PREVIEW_CALL_MS_MAX };
  const key = { namespace: config.namespace ?? access.namespace, name: config.hpa };
  try {
    return await previewHpa(key, { ...ports, kube, clock: { nowMs: () => ioClock.wallMs() } }, signal);
  } finally {
    await cluster.close();
  }
}
