import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Where it stands, for messages: `README.md:12`. */
  readonly place: string;
}

/** Every page of the project, README first. Recordings of other programs are no pages of ours. */
export function pages(): readonly string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'])
    .toString()
    .split('\n')
    .filter((path) => path !== '' && !path.startsWith('test/'))
    .sort((a, b) => Number(b.startsWith('README')) - Number(a.startsWith('README')));
}

/** The fenced blocks of a page in order. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = readFileSync(page, 'utf8').split('\n');
  let open: { readonly language: string; readonly from: number } | undefined;
  lines.forEach((line, index) => {
    const fence = /^```(\S*)/.exec(line);
    if (fence === null) return;
    if (open === undefined) {
      open = { language: fence[1] ?? '', from: index + 1 };
      return;
    }
    blocks.push({
      language: open.language,
      text: lines.slice(open.from, index).join('\n'),
      place: `${page}:${open.from}`,
    });
    open = undefined;
  });
  return blocks;
}

/** The command lines that a page tells its readers to type, without comments. */
export function commandsOf(page: string): readonly string[] {
  return blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** A command line as words, quotes taken off. */
export function wordsOf(commandLine: string): readonly string[] {
  return [...commandLine.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));
}
