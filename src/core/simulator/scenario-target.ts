import type { ScaleFact } from '../engine/facts.ts';
import type { ScaleAnswer, ScenarioStep } from './scenario-format.ts';

/** The scale as a story's collaborators give it, with the calls that were made. */
export interface PlayedScaleRead {
  readonly kind: 'played';
  readonly scale: ScaleFact;
  readonly queries: readonly string[];
}

const DEFAULT_MAPPINGS: readonly string[] = ['deployments.apps'];

/**
 * Plays parsing, mapping and reading of the scale target: the first mapping that answers wins, and when none does the
 * first one's error is reported (specification 1.5, steps 1 to 3). `answer` is null before the first one.
 */
export function playScaleRead(
  step: ScenarioStep,
  answer: ScaleAnswer | null,
  apiVersion: string,
  key: string,
): PlayedScaleRead | { readonly kind: 'problem'; readonly message: string } {
  if (apiVersion.split('/').length > 2) {
    return failed('parse', `unexpected GroupVersion string: ${apiVersion}`, []);
  }
  if (step.mapperError !== undefined) return failed('mapping', step.mapperError.message, []);
  const queries: string[] = [];
  let firstError: string | undefined;
  for (const [index, resource] of (step.mappings ?? DEFAULT_MAPPINGS).entries()) {
    queries.push(`GET scale ${resource} ${key}`);
    const scripted = step.scales?.[index] ?? answer;
    if (scripted === null)
      return { kind: 'problem', message: `scale: is missing, but the step asks for "${queries.at(-1)}"` };
    const { specReplicas = 0, statusReplicas = 0, selector = '', error } = scripted;
    if (error === undefined) {
      return { kind: 'played', scale: { kind: 'found', resource, specReplicas, statusReplicas, selector }, queries };
    }
    firstError ??= error.message;
  }
  return failed('read', firstError ?? 'unrecognized resource', queries);
}

function failed(stage: 'parse' | 'mapping' | 'read', message: string, queries: readonly string[]): PlayedScaleRead {
  return { kind: 'played', scale: { kind: 'failed', stage, message }, queries };
}
