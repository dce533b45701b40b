import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { ADAPTER_CONFIG_FILES_COUNT_MAX, ADAPTER_CONFIG_LENGTH_MAX } from '../../base/limits.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import { parseRuleFiles, readRuleFiles } from './rule-files.ts';
import { followRuleFiles } from './rule-reload.ts';

const RULE = `- seriesQuery: requests{namespace!="",pod!=""}
  resources: {template: <<.Resource>>}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`;
const RULES = `rules:\n${RULE}`;
const RESOURCE_RULES = 'resourceRules: {}\n';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-rules-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('files of rules', () => {
  test('a file is one, whatever it is called', async () => {
    const path = await write('config', RULES);
    expect(await readRuleFiles(path)).toEqual([{ path, text: RULES }]);
  });

  test('a folder has those of its files that are YAML, by their names, as a mounted ConfigMap shows them', async () => {
    await mkdir(join(folder, '..data'));
    await writeFile(join(folder, '..data', 'b.yaml'), RULES);
    await symlink(join('..data', 'b.yaml'), join(folder, 'b.yaml'));
    const a = await write('a.yml', 'externalRules: []\n');
    await write('README.md', 'nothing');
    await write('.c.yaml.swp', 'nothing');
    const files = await readRuleFiles(folder);
    expect(files).toEqual([
      { path: a, text: 'externalRules: []\n' },
      { path: join(folder, 'b.yaml'), text: RULES },
    ]);
    expect(parseRuleFiles(files).map(({ config }) => config.rules.length)).toEqual([0, 1]);
  });

  test.each([
    {
      why: 'nothing there',
      prepare: async () => join(folder, 'missing'),
      kind: 'notFound',
      says: 'no such file',
    },
    {
      why: 'a folder without rules',
      prepare: async () => folder,
      kind: 'notFound',
      says: 'there is no file *.yaml in this folder',
    },
    {
      why: 'too many files',
      prepare: async () => {
        for (let index = 0; index <= ADAPTER_CONFIG_FILES_COUNT_MAX; index += 1) await write(`${index}.yaml`, '');
        return folder;
      },
      kind: 'invalid',
      says: `has ${ADAPTER_CONFIG_FILES_COUNT_MAX + 1} files of rules, and must not have more than ${ADAPTER_CONFIG_FILES_COUNT_MAX}`,
    },
    {
      why: 'a file that is too large to be rules',
      prepare: () => write('large.yaml', ' '.repeat(4 * ADAPTER_CONFIG_LENGTH_MAX + 1)),
      kind: 'invalid',
      says: `must not be larger than ${4 * ADAPTER_CONFIG_LENGTH_MAX} bytes`,
    },
  ])('$why', async ({ prepare, kind, says }) => {
    const path = await prepare();
    await expect(readRuleFiles(path)).rejects.toMatchObject({ kind, message: expect.stringContaining(says) });
  });

  test('all problems of all files are told at once, each with its place', () => {
    const files = [
      { path: 'a.yaml', text: 'rulez: []\n' },
      { path: 'b.yaml', text: RULES.replace('<<.Series>>', '<<.Series') },
      { path: 'c.yaml', text: RESOURCE_RULES },
      { path: 'd.yaml', text: RESOURCE_RULES },
    ];
    expect(() => parseRuleFiles(files)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        message: expect.stringMatching(
          /^a\.yaml:1:1 rulez: .*\nb\.yaml:4:\d+ rules\[0\]\.metricsQuery: .*\nc\.yaml, d\.yaml: only one of them may have resourceRules/,
        ),
      }),
    );
  });

  test('values of the Helm chart are refused with the file that they mean', () => {
    const files = [{ path: 'values.yaml', text: `rules:\n  default: false\n  custom:\n${RULE.replace(/^/gm, '  ')}` }];
    expect(() => parseRuleFiles(files)).toThrow(/^values\.yaml:1:1 .*rules:\n *- seriesQuery: requests/s);
  });
});

describe('rules that change', () => {
  let clock: VirtualClock;
  let taken: number[];
  /** Why rules that are good cannot be used, as long as it is so. */
  let refusal: Failure | null;
  let told: string[];
  const log: Log = { ...SILENT_LOG, error: (message, fields) => told.push(`${message}: ${fields?.['error']}`) };

  async function follow(path: string) {
    clock = new VirtualClock({ turn: () => setImmediate() });
    taken = [];
    told = [];
    refusal = null;
    const telemetry = createTelemetry();
    const stop = followRuleFiles({
      path,
      files: await readRuleFiles(path),
      ioClock: clock,
      log,
      telemetry,
      onChange: async (files) => {
        if (refusal !== null) throw refusal;
        taken.push(files.flatMap(({ config }) => config.rules).length);
      },
    });
    return { stop, telemetry };
  }

  /** A change is believed when it is seen twice. */
  const twoLooks = () => clock.runBy(10_000);

  test('are taken into use, bad ones told of once while the last good ones stay', async () => {
    const path = await write('rules.yaml', RULES);
    const { stop, telemetry } = await follow(path);
    await writeFile(path, `${RULES}${RULE}`);
    await clock.runBy(5_000);
    expect(taken).toEqual([]);
    await clock.runBy(5_000);
    expect(taken).toEqual([2]);
    await writeFile(path, 'rulez: []\n');
    await twoLooks();
    await twoLooks();
    expect(taken).toEqual([2]);
    expect(told).toEqual([expect.stringMatching(/the last good ones stay in use: .*rules\.yaml:1:1 rulez: /)]);
    expect((await telemetry.expose()).text).toContain('podtide_adapter_rules_current 0');
    await rm(path);
    await twoLooks();
    expect(told[1]).toContain('no such file');
    await writeFile(path, RULES);
    await twoLooks();
    expect(taken).toEqual([2, 1]);
    const { text } = await telemetry.expose();
    expect(text).toContain('podtide_adapter_rules_current 1');
    expect(text).toContain('podtide_adapter_rule_reloads_total{result="taken"} 2');
    expect(text).toContain('podtide_adapter_rule_reloads_total{result="refused"} 2');
    stop();
    await writeFile(path, `${RULES}${RULE}`);
    await twoLooks();
    expect(taken).toEqual([2, 1]);
  });

  test('that are good and cannot be used are told of once, and tried until they can', async () => {
    const path = await write('rules.yaml', RULES);
    const { stop, telemetry } = await follow(path);
    refusal = new Failure('denied', 'a right is missing');
    await writeFile(path, `${RULES}${RULE}`);
    await clock.runBy(60_000);
    expect([taken, told]).toEqual([[], [expect.stringContaining('a right is missing')]]);
    refusal = null;
    await clock.runBy(5_000);
    expect(taken).toEqual([2]);
    const { text } = await telemetry.expose();
    expect(text).toContain('podtide_adapter_rule_reloads_total{result="refused"} 1');
    stop();
  });
});
