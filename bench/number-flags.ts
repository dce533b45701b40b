/** Flags as `parseArgs` gives them. */
type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/**
 * The number of a flag. Ends the process with 2 when it is none, or below 0: a run of no stories would otherwise be one
 * without a difference.
 */
export function numberFlag(flags: Flags, name: string): number {
  return numberOf(name, String(flags[name]));
}

/** The same of a flag that has several, with commas between them. */
export function numberFlags(flags: Flags, name: string): readonly number[] {
  return String(flags[name])
    .split(',')
    .map((text) => numberOf(name, text));
}

function numberOf(name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0) return value;
  return refuse(`--${name}=${text}: must be a number, 0 or more`);
}

/** Ends the process with 2, and with a sentence on what its flags ask for. */
export function refuse(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}
