import { z } from 'zod';
import { parseDuration } from '../../../base/duration.ts';

/** A text that says something. */
export const text = z.string('must be a text').min(1, 'must not be empty');

export const truth = z.boolean('must be true or false');

/** One text or several, as a list. */
export const texts = z.union([text.transform((one) => [one]), z.array(text)], 'must be a text or a list of texts');

/** Milliseconds of a duration such as `1m30s`, within bounds. */
export const duration = (minMs: number, maxMs: number, rule: string) =>
  z.string(rule).transform((value, context) => {
    const parsed = parseDuration(value);
    if (parsed !== undefined && parsed >= minMs && parsed <= maxMs) return parsed;
    context.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });

/** A whole number within bounds. */
export const count = (min: number, max: number) => {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z.int(rule).min(min, rule).max(max, rule);
};

const SECRET_RULE =
  'must be a reference, such as {file: ding/token} or {secretName: ding, secretKey: token}: secrets do not stand in this file';

/** Where a secret is; never the secret itself. */
export const secretRef = z.union(
  [z.strictObject({ file: text }), z.strictObject({ secretName: text, secretKey: text, namespace: text.optional() })],
  SECRET_RULE,
);

export type SecretReference = z.output<typeof secretRef>;
