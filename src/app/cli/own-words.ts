/**
 * Commands whose words are read as Go's programs read them, because people bring command lines of such programs along.
 * The scanner in front of the commands knows other rules (`-lapp=web` would be a name there, and `--flag=` a stray word),
 * so it is told that nothing behind such a command is a flag; only a question for help stays its own.
 */
const COMMANDS: ReadonlySet<string> = new Set(['metrics-server', 'run', 'top']);

const HELP: ReadonlySet<string> = new Set(['--help', '-h', '--helpAll', '--help-all', '-H']);

/** The words of a command line as the scanner must see them. */
export function scannerWords(words: readonly string[]): readonly string[] {
  const [command = '', ...rest] = words;
  if (command === 'adapter') return adapterWords(rest);
  if (!COMMANDS.has(command)) return words;
  const help = rest.find((word) => HELP.has(word));
  return help === undefined ? [command, '--', ...rest] : [command, help];
}

const ADAPTER_COMMANDS: ReadonlySet<string> = new Set(['check', 'explain', 'preview', 'serve']);

/** `podtide adapter` serves, unless its next word is one of its other commands. */
function adapterWords(words: readonly string[]): readonly string[] {
  const [first = ''] = words;
  const isNamed = ADAPTER_COMMANDS.has(first);
  const rest = isNamed ? words.slice(1) : words;
  const help = rest.find((word) => HELP.has(word));
  if (help !== undefined) return isNamed ? ['adapter', first, help] : ['adapter', help];
  return ['adapter', isNamed ? first : 'serve', '--', ...rest];
}
