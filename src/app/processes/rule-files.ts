import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import { ADAPTER_CONFIG_FILES_COUNT_MAX, ADAPTER_CONFIG_LENGTH_MAX } from '../../base/limits.ts';
import { explainAdapterFinding } from '../../core/explain/explain-adapter-finding.ts';
import {
  type ConfigFile,
  compileConfig,
  type FileFinding,
  placeProblem,
} from '../../metrics/adapter/compiled-config.ts';
import { decodeAdapterConfig } from '../../metrics/adapter/config/config-decoding.ts';
import { createKindMapper } from '../../metrics/adapter/kinds.ts';
import { backendFindings } from '../../metrics/adapter/rule-backends.ts';
import { readFailure } from './read-failure.ts';

/** A file of rules as it stands on the disk. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** A character is four bytes at most; what is longer is refused where it is decoded, and not even read here. */
const FILE_BYTES_MAX = 4 * ADAPTER_CONFIG_LENGTH_MAX;

/**
 * Reads the file, or every file of the folder whose name ends with `.yaml` or `.yml`, by their names; what begins with a dot
 * is the machinery of mounted ConfigMaps. Throws Failure that names what cannot be read.
 */
export async function readRuleFiles(path: string): Promise<readonly RuleFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [await readRuleFile(path)];
    const names = (await readdir(path)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    if (names.length === 0) throw new Failure('notFound', `${path}: there is no file *.yaml in this folder`);
    if (names.length > ADAPTER_CONFIG_FILES_COUNT_MAX) {
      const rule = `must not have more than ${ADAPTER_CONFIG_FILES_COUNT_MAX}`;
      throw new Failure('invalid', `${path}: has ${names.length} files of rules, and ${rule}`);
    }
    return await Promise.all(names.map((name) => readRuleFile(join(path, name))));
  } catch (thrown) {
    throw readFailure(`--config=${path}`, thrown);
  }
}

async function readRuleFile(path: string): Promise<RuleFile> {
  const { size } = await stat(path);
  if (size > FILE_BYTES_MAX) throw new Failure('invalid', `${path}: must not be larger than ${FILE_BYTES_MAX} bytes`);
  return { path, text: await readFile(path, 'utf8') };
}

/**
 * The rules of the files. Throws Failure('invalid') with all that is wrong in all of them, each with line and column.
 *
 * @param backends the names that rules may call their Prometheus; none where there is no backends file
 */
export function parseRuleFiles(files: readonly RuleFile[], backends: readonly string[] = []): readonly ConfigFile[] {
  const problems: FileFinding[] = [];
  const configs = files.flatMap(({ path: name, text }): readonly ConfigFile[] => {
    const decoded = decodeAdapterConfig(text);
    if (decoded.kind === 'config') {
      const { config } = decoded;
      const found = backendFindings(config, backends).map((problem) => placeProblem(problem, config));
      problems.push(...found.map((problem) => ({ file: name, ...problem })));
      return [{ name, config }];
    }
    problems.push(...decoded.problems.map((problem) => ({ file: name, ...problem })));
    return [];
  });
  const compiled = compileConfig(configs, createKindMapper([]));
  if (compiled.kind === 'refused') problems.push(...compiled.problems);
  const measuring = configs.filter(({ config }) => config.resourceRules !== null).map(({ name }) => name);
  const doubled =
    measuring.length > 1
      ? [`${measuring.join(', ')}: only one of them may have resourceRules, which are of all pods and nodes`]
      : [];
  if (problems.length + doubled.length === 0) return configs;
  throw new Failure('invalid', [...problems.map(problemText), ...doubled].join('\n'), {
    hint: 'podtide adapter check FILE says more',
  });
}

function problemText({ file, place, path, finding }: FileFinding): string {
  const { text, action } = explainAdapterFinding(finding, 'en');
  return `${file}:${place.line}:${place.column} ${path === '' ? '' : `${path}: `}${text}; ${action}`;
}
