import { Failure } from '../../../src/base/failure.ts';
import type { MetricsSource } from '../../../src/metrics/source/port.ts';
import type { LeaderElector } from '../../../src/platform/kube/leader-election.ts';
import type { Defects } from './simulated-process.ts';

/** A controller that is broken on purpose. */
export interface BrokenController {
  readonly what: string;
  /** The rules of which it breaks at least one. */
  readonly rules: readonly string[];
  /** A small story that shows it. */
  readonly seed: number;
  readonly defects: Defects;
}

/** Takes what cannot be read for zero. */
function zeroForFailed({ external, ...others }: MetricsSource): MetricsSource {
  return {
    ...others,
    external: {
      listMetrics: async () => [],
      getValues: async (query, signal) => {
        try {
          const values = (await external?.getValues(query, signal)) ?? [];
          if (values.length > 0 && values.every(({ value }) => value !== 'NaN')) return values;
        } catch (thrown) {
          if (!(thrown instanceof Failure)) throw thrown;
        }
        return [{ metric: query.metric, labels: {}, atMs: 0, windowMs: null, value: '0' }];
      },
    },
  };
}

/** Leads whatever the Lease says. */
function selfMadeLeader(): LeaderElector {
  const listeners: ((isLeader: boolean) => void)[] = [];
  return {
    start: () => {
      for (const listener of listeners) listener(true);
    },
    isLeader: () => true,
    holder: undefined,
    onChange: (listener) => {
      listeners.push(listener);
      return () => {};
    },
    stop: async () => {},
  };
}

interface SentScale {
  readonly metadata: Record<string, unknown>;
  readonly spec: { replicas: number };
}

/** Changes each scale on its way to the server. */
function changedScale(change: (scale: SentScale) => void): Defects {
  return {
    body: (path, body) => {
      if (!path.endsWith('/scale')) return body;
      const scale = JSON.parse(body) as SentScale;
      change(scale);
      return JSON.stringify(scale);
    },
  };
}

function withoutVersion({ metadata }: SentScale): void {
  delete metadata['resourceVersion'];
}

function withMore({ spec }: SentScale): void {
  spec.replicas += 8;
}

function buggy(source: MetricsSource): MetricsSource {
  const getValues = (): Promise<never> => Promise.reject(new TypeError('x is no function'));
  return { ...source, external: { listMetrics: async () => [], getValues } };
}

/** What the oracle must find. */
export const BROKEN_CONTROLLERS: readonly BrokenController[] = [
  {
    what: 'forgets what was remembered when it dies',
    rules: ['budget', 'window'],
    seed: 39,
    defects: { flags: { memory: 'process' } },
  },
  {
    what: 'ignores the downscale window',
    rules: ['window'],
    seed: 30,
    defects: { flags: { 'horizontal-pod-autoscaler-downscale-stabilization': '0s' } },
  },
  {
    what: 'takes a metric that cannot be read for zero',
    rules: ['blind'],
    seed: 62,
    defects: { source: zeroForFailed },
  },
  {
    what: 'acts whether or not it leads',
    rules: ['deposed'],
    seed: 31,
    defects: { flags: { memory: 'process' }, options: { createElector: selfMadeLeader } },
  },
  { what: 'writes without a resourceVersion', rules: ['guard'], seed: 30, defects: changedScale(withoutVersion) },
  { what: 'goes beyond the maximum', rules: ['bounds', 'unasked'], seed: 30, defects: changedScale(withMore) },
  {
    what: 'looks once an hour',
    rules: ['stuck'],
    seed: 30,
    defects: { flags: { 'horizontal-pod-autoscaler-sync-period': '1h' } },
  },
  { what: 'meets a bug of its own', rules: ['bug'], seed: 30, defects: { source: buggy } },
];
