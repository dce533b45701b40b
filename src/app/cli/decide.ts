import { buildCommand } from '@stricli/core';
import { EXIT_FINDINGS, FAILURE_RULES, Failure } from '../../base/failure.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import { type LineHead, playLine } from '../../core/simulator/scenario-line.ts';
import type { CliContext } from './context.ts';
import {
  differenceJson,
  differenceText,
  type ItemPlace,
  itemJson,
  itemText,
  type PlayedItem,
} from './decide-report.ts';
import { readLines } from './line-source.ts';
import { writeSafely } from './safe-output.ts';

/** What `podtide decide` was asked to do. */
export interface DecideArgs {
  /** A file of JSON Lines, gzipped or not; `-` is standard input. */
  readonly file: string;
  /** Compare with what the lines expect instead of showing what comes out. */
  readonly isCheck: boolean;
  readonly output: 'text' | 'json';
  readonly language: Language;
}

/** Where it reads from and writes to. */
export type DecideIo = Pick<CliContext['process'], 'stdin' | 'stdout' | 'stderr'>;

/**
 * Plays every line of a scenario file. Resolves to the exit code: 0 all well, 1 differences, 2 a line that is bad; the
 * other lines are judged all the same. Throws Failure when the file cannot be read at all or holds no line.
 */
export async function runDecide(args: DecideArgs, io: DecideIo): Promise<number> {
  let passedCount = 0;
  let badCount = 0;
  let differentCount = 0;
  for await (const { number, text } of readLines(args.file, io.stdin)) {
    if (text !== null && text.trim() === '') continue;
    const verdict = await judgeLine(number, text, args, io);
    if (verdict === 'passed') passedCount++;
    else if (verdict === 'bad') badCount++;
    else differentCount++;
  }
  const failedCount = badCount + differentCount;
  if (passedCount + failedCount === 0) throw new Failure('invalid', `${args.file}: holds no scenario`);
  if (args.isCheck) await writeSafely(io.stdout, `${passedCount} passed, ${failedCount} failed\n`);
  if (badCount > 0) return FAILURE_RULES.invalid.exitCode;
  return differentCount > 0 ? EXIT_FINDINGS : 0;
}

type LineVerdict = 'passed' | 'different' | 'bad';

async function judgeLine(
  lineNumber: number,
  text: string | null,
  args: DecideArgs,
  io: DecideIo,
): Promise<LineVerdict> {
  const head = text === null ? TOO_LONG : playLine(text);
  if (!args.isCheck && args.output === 'text' && head.name !== '') {
    await writeSafely(io.stdout, `${head.name}${head.rule === '' ? '' : ` (${head.rule})`}\n`);
  }
  let differenceCount = 0;
  let isCompared = false;
  for (const item of head.items) {
    if (item.kind === 'bad') {
      await writeSafely(io.stderr, badLineText(lineNumber, head.name, item.message));
      return 'bad';
    }
    const place = { lineNumber, head, step: item.kind === 'step' ? item.index : null };
    isCompared ||= item.differences !== null;
    differenceCount += args.isCheck ? (item.differences?.length ?? 0) : 0;
    const report = args.isCheck ? differencesReport(item, place, args) : itemReport(item, place, args);
    if (report !== '') await writeSafely(io.stdout, report);
  }
  if (args.isCheck && !isCompared) {
    await writeSafely(io.stderr, badLineText(lineNumber, head.name, 'expects nothing, so there is nothing to check'));
    return 'bad';
  }
  return differenceCount === 0 ? 'passed' : 'different';
}

const TOO_LONG: LineHead = { name: '', rule: '', items: [{ kind: 'bad', message: 'the line is longer than 64 MiB' }] };

function badLineText(lineNumber: number, name: string, message: string): string {
  return `line ${lineNumber}${name === '' ? '' : ` ${name}`}: ${message}\n`;
}

function itemReport(item: PlayedItem, place: ItemPlace, { output, language }: DecideArgs): string {
  return output === 'json' ? itemJson(item, place) : itemText(item, language);
}

function differencesReport({ differences }: PlayedItem, place: ItemPlace, { output }: DecideArgs): string {
  const render = output === 'json' ? differenceJson : differenceText;
  return (differences ?? []).map((difference) => render(difference, place)).join('');
}

interface DecideFlags {
  readonly file: string;
  readonly check: boolean;
  readonly output: 'text' | 'json';
  readonly lang?: string;
}

/** `podtide decide`. */
export const decideCommand = buildCommand<DecideFlags, [], CliContext>({
  docs: {
    brief: 'Play scenario files with the engine, or check what they expect',
    fullDescription: [
      'Reads JSON Lines: stories of an HPA, single steps of the algorithm, creations of an HPA.',
      'Shows what each step comes to and why, or with --check only where that differs from what the line expects.',
      'Exit codes: 0 ok, 1 differences, 2 a line that cannot be read.',
    ].join('\n'),
  },
  parameters: {
    flags: {
      file: { kind: 'parsed', parse: String, brief: 'scenario file (JSON Lines, .gz too), - for standard input' },
      check: { kind: 'boolean', brief: 'compare with what the lines expect', default: false, withNegated: false },
      output: { kind: 'enum', values: ['text', 'json'], brief: 'text or json', default: 'text' },
      lang: { kind: 'parsed', parse: String, brief: 'en or zh-CN; the locale decides when absent', optional: true },
    },
    aliases: { f: 'file', o: 'output' },
  },
  func: async function (this: CliContext, { file, check, output, lang }: DecideFlags): Promise<void> {
    const language = languageOf(lang ?? this.environment.locale);
    this.process.exitCode = await runDecide({ file, isCheck: check, output, language }, this.process);
  },
});
