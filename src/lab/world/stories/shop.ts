import type { WorkloadProfile } from '../../../core/plant/workload-profile.ts';
import { STARTUP_DELAY_ANNOTATION } from '../node/pod-lifecycle.ts';
import day from '../traces/world-cup-1998-06-30.json' with { type: 'json' };
import { cpuAutoscaler, webWorkload } from './manifests.ts';
import type { Story } from './story.ts';

const SHOP = { namespace: 'shop', name: 'shop' };
const IMAGE = 'podtide.dev/shop';
const MEBIBYTE = 1024 * 1024;
const HOUR_MS = 3_600_000;

/** Half an hour before the kick-off of the first of the day's two matches, so that the calm before is seen too. */
const FIRST_MINUTE = 14 * 60;

/** 5 ms of CPU a request: a pod at its limit of one core serves some 200 a second. */
const PROFILE: WorkloadProfile = {
  kind: 'saturating',
  service: {
    cpuMsPerRequest: 5,
    idleCpuMilli: 5,
    memoryBaseBytes: 96 * MEBIBYTE,
    memoryBytesPerRequest: 128 * 1024,
    queueCountPerPodMax: 400,
  },
};

/** How large the shop is. */
interface ShopSize {
  readonly image: string;
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
  readonly maxReplicas: number;
  /** Of the recorded requests. */
  readonly amountFactor: number;
}

/**
 * A shop whose visitors come as those of the World Cup's web site did on 30 June 1998, the evening of two matches, at
 * half their number: from some 250 requests a second to more than 1,000 within the half hour around kick-off. Its pods
 * saturate.
 */
export const SHOP_STORY: Story = {
  ...shopStory({
    image: `${IMAGE}:1.0`,
    requests: { cpu: '500m', memory: '128Mi' },
    limits: { cpu: '1', memory: '512Mi' },
    maxReplicas: 40,
    amountFactor: 0.5,
  }),
  profiles: { [IMAGE]: PROFILE },
};

/** The same evening on this machine: a fiftieth of the visitors, pods of a fifth of a core. */
export const REAL_SHOP_STORY: Story = shopStory({
  image: 'registry.k8s.io/hpa-example',
  requests: { cpu: '100m' },
  limits: { cpu: '200m' },
  maxReplicas: 8,
  amountFactor: 0.02,
});

function shopStory({ image, requests, limits, maxReplicas, amountFactor }: ShopSize): Story {
  const [deployment, service] = webWorkload({
    ...SHOP,
    image,
    labels: { app: 'shop' },
    annotations: { [STARTUP_DELAY_ANNOTATION]: '20s' },
    specReplicas: 2,
    requests,
    limits,
  });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  const requestCounts = [...day.requestCounts.slice(FIRST_MINUTE), ...day.requestCounts.slice(0, FIRST_MINUTE)];
  const profile = { kind: 'trace', requestCounts, intervalMs: day.intervalMs, amountFactor } as const;
  return {
    name: 'shop',
    summary: 'a shop under the recorded load of a World Cup day, on pods that saturate',
    actions: [
      { atMs: 0, kind: 'create', object: namespace },
      { atMs: 0, kind: 'create', object: deployment },
      { atMs: 0, kind: 'create', object: service },
      { atMs: 0, kind: 'create', object: cpuAutoscaler(SHOP, { minReplicas: 2, maxReplicas, targetPercent: 60 }) },
      { atMs: 30_000, kind: 'load', service: 'shop/shop', profile },
    ],
    durationMs: 24 * HOUR_MS,
    hpas: ['shop/shop'],
  };
}
