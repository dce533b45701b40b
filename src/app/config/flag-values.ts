import { z } from 'zod';
import { parseDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import { parseSelector } from '../../base/label-selector.ts';

/** A Go duration in milliseconds, of the sign that the rule allows. */
export const durationMs = (rule: 'positive' | 'notNegative') =>
  z.string().transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed === undefined) {
      context.addIssue({ code: 'custom', message: 'must be a duration such as 15s, 5m0s or 1h30m' });
      return z.NEVER;
    }
    if (parsed < 0 || (rule === 'positive' && parsed === 0)) {
      context.addIssue({
        code: 'custom',
        message: rule === 'positive' ? 'must be more than 0s' : 'must not be negative',
      });
      return z.NEVER;
    }
    return parsed;
  });

/** A whole number in decimal digits, both bounds included. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

/** The syntax of one label of a name in the DNS. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** The name of a namespace. */
export const namespaceName = z
  .string()
  .regex(DNS_LABEL, 'must be the name of a namespace')
  .max(63, 'must not exceed 63 characters');

/** Namespaces joined by commas, each once. */
export const namespaceList = z.string().transform((text, context) => {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !namespaceName.safeParse(name).success);
  if (wrong === undefined) return [...new Set(names)];
  context.addIssue({ code: 'custom', message: `must be namespaces joined by commas; "${wrong}" is none` });
  return z.NEVER;
});

/** A switch as Stricli hands it over, or its word. */
export const truth = z
  .union([z.boolean(), z.enum(['true', 'false'])], 'must be true or false')
  .transform((value) => value === true || value === 'true');

/** A label selector, as text. */
export const labelSelector = z.string().superRefine((text, context) => {
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') return;
  context.addIssue({ code: 'custom', message: `must be a label selector such as app=web,!canary: ${parsed.message}` });
});

/** How much the log says. */
export const logLevel = z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error');

export type LogLevel = z.output<typeof logLevel>;

/** What Go's programs take for a truth value (strconv.ParseBool), and what it means. */
export const TRUTH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** Of a flag that is given more than once the last value counts; the chart's `args` over its `defaultArgs` need it. */
export const lastValue = <Output>(schema: z.ZodType<Output, string>) =>
  z
    .array(z.string())
    .transform((texts) => texts.at(-1) ?? '')
    .pipe(schema);

/** What is wrong with values, each with its flag as it was given. */
export function valueProblems(
  { issues }: z.ZodError,
  given: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  return issues.map(({ path: [flag], message }) => {
    return `--${String(flag)}=${given.get(String(flag))?.join(',') ?? ''}: ${message}`;
  });
}

/** One of Go's truth values, from the words of a command line. */
export const switchValue = lastValue(
  z.string().transform((text, context): boolean => {
    const value = TRUTH_WORDS.get(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: 'must be true or false' });
    return z.NEVER;
  }),
);

/** A file's name, or anything else that is not looked into; an empty text is the flag not given, as upstream. */
export const textValue = lastValue(z.string().transform((text) => (text === '' ? null : text)));

/** What is read; undefined when it cannot be, and then its problems are among those found. */
export function attempt<T>(found: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.kind !== 'invalid') throw thrown;
    found.push(...thrown.message.split('\n'));
    return undefined;
  }
}
