import { z } from 'zod';
import { DEFAULT_ENGINE_OPTIONS, type FeatureGates } from '../../core/engine/options.ts';

/** `GATE=true|false` joined by commas, over Kubernetes 1.36's defaults; an empty text leaves all of them. */
export const featureGates = z.string().transform((text, context): FeatureGates => {
  const gates = { ...DEFAULT_ENGINE_OPTIONS.features };
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const [name = '', value] = part.split('=').map((piece) => piece.trim());
    if (!Object.hasOwn(gates, name) || (value !== 'true' && value !== 'false')) {
      const known = Object.keys(gates).join(', ');
      context.addIssue({
        code: 'custom',
        message: `must be GATE=true|false joined by commas, of ${known}; not "${part}"`,
      });
      return z.NEVER;
    }
    gates[name as keyof FeatureGates] = value === 'true';
  }
  return gates;
});
