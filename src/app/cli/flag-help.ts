import type { FlagSyntax } from '../config/flag-words.ts';

/** A flag as the scanner explains it in `--help`; hidden ones only with `--helpAll`. */
export function flagHelp(syntax: FlagSyntax | undefined, brief: string, isHidden = false): object {
  const shared = { brief, optional: true, ...(isHidden ? { hidden: true } : {}) };
  return syntax?.isSwitch
    ? { ...shared, kind: 'boolean', withNegated: false }
    : { ...shared, kind: 'parsed', parse: String, placeholder: 'value' };
}
