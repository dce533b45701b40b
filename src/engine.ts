/**
 * `podtide/engine`: the HPA algorithm as four pure functions over plain data. It runs in Node and in browsers, does no
 * I/O and throws for no input.
 */
export type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HpaCondition,
  HpaSpec,
  HpaStatus,
  MetricSpec,
  MetricStatus,
} from './core/autoscaling/types.ts';
export { conclude } from './core/engine/conclude.ts';
export { decide } from './core/engine/decide.ts';
export type * from './core/engine/decision.ts';
export type * from './core/engine/facts.ts';
export type { HpaOptions, OptionProblem, OptionRule } from './core/engine/hpa-options.ts';
export { EMPTY_MEMORY, type Memory, type Recommendation, type ScaleEvent } from './core/engine/memory.ts';
export {
  DEFAULT_ENGINE_OPTIONS,
  type EngineOptions,
  type FeatureGates,
  type ScaleDownBreaker,
} from './core/engine/options.ts';
export { plan } from './core/engine/plan.ts';
export { settle } from './core/engine/settle.ts';
export type * from './core/engine/trace.ts';
