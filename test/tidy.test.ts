import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUNDLE_ENTRIES } from '../scripts/bundle.ts';
import { ENTRY_POINTS, ROOMS } from './house.ts';
import { findViolations, importsOf, roomOf } from './house-rules.ts';

const sources = execFileSync('git', [
  'ls-files',
  '--cached',
  '--others',
  '--exclude-standard',
  'src',
  'web',
  'scripts',
  'bench',
  'test',
])
  .toString()
  .split('\n')
  .filter((path) => /\.tsx?$/.test(path) && !path.includes('/generated/') && existsSync(path));

describe('the house', () => {
  test('the walk finds the sources', () => {
    expect(sources.length).toBeGreaterThan(100);
    for (const room of Object.keys(ROOMS)) {
      expect(
        sources.some((path) => roomOf(path) === room),
        `no file in src/${room}`,
      ).toBe(true);
    }
  });

  test('every file keeps its layer, size, names and words', () => {
    const judged = sources.filter((path) => path.startsWith('src/') || path.startsWith('web/src/'));
    expect(judged.flatMap((path) => findViolations(path, readFileSync(path, 'utf8')))).toEqual([]);
  });

  test('only app/config reads the environment', () => {
    const readers = sources.filter(
      (path) =>
        path.startsWith('src/') && !path.endsWith('.test.ts') && /\bprocess\.env\b/.test(readFileSync(path, 'utf8')),
    );
    expect(readers.filter((path) => !path.startsWith('src/app/config/'))).toEqual([]);
  });

  test('ARCHITECTURE.md names every room, entry point and package', () => {
    const page = readFileSync('ARCHITECTURE.md', 'utf8');
    const missing = Object.entries(ROOMS).flatMap(([room, { packages }]) => {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${room}\``));
      if (row === undefined) return [`room ${room}`];
      return packages.filter((name) => !row.includes(`\`${name}\``)).map((name) => `${name} in the row of ${room}`);
    });
    expect(missing).toEqual([]);
    for (const entry of ENTRY_POINTS) expect(page).toContain(entry);
  });

  test('every file that ARCHITECTURE.md names is there', () => {
    const named = readFileSync('ARCHITECTURE.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .flatMap((line) => {
        let folder = '';
        return [...line.matchAll(/`([a-z0-9/-]+\.ts)`/g)].map(([, path = '']) => {
          if (path.includes('/')) folder = dirname(path);
          return path.includes('/') ? path : join(folder, path);
        });
      });
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => !existsSync(join('src', path)))).toEqual([]);
  });

  test('every package of a room is declared, and an installed Podtide brings no package along', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const used = Object.values(ROOMS).flatMap((room) => room.packages);
    expect([dependencies, used.filter((name) => !Object.hasOwn(devDependencies, name))]).toEqual([undefined, []]);
  });

  test('every thread and process that is started by the name of its file is shipped', () => {
    const started = sources.flatMap((path) => {
      const names = readFileSync(path, 'utf8').matchAll(/new URL\(`\.\/([a-z-]+)\$\{extname/g);
      return path.startsWith('src/')
        ? [...names].map(([, name = '']) => [name, `${join(dirname(path), name)}.ts`])
        : [];
    });
    expect(started.length).toBeGreaterThan(0);
    expect(BUNDLE_ENTRIES).toMatchObject(Object.fromEntries(started));
  });

  test('nothing committed names a package registry or a path of one machine', () => {
    const paths = execFileSync('git', ['ls-files'])
      .toString()
      .split('\n')
      .filter((path) => /\.(ts|tsx|js|json|md|ya?ml|sh|html|css|txt|mod)$|^\.ci\/run$/.test(path) && existsSync(path));
    const banned = [
      ['registry', 'npmjs', 'org'].join('.'),
      ['proxy', 'golang', 'org'].join('.'),
      `/${'work'}/main`,
      `/${'work'}/shared`,
      `../${'shared'}/`,
    ];
    const found = paths.flatMap((path) =>
      banned.filter((word) => readFileSync(path, 'utf8').includes(word)).map((word) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
  });
});

describe('the rules notice a planted violation', () => {
  test.each([
    {
      why: 'core imports platform',
      path: 'src/core/engine/x.ts',
      text: "import { a } from '../../platform/kube/client.ts';",
      says: 'does not import platform/kube',
    },
    {
      why: 'core imports node',
      path: 'src/core/engine/x.ts',
      text: "import { readFileSync } from 'node:fs';",
      says: 'imports no node:fs',
    },
    {
      why: 'the engine imports a later room of its wing',
      path: 'src/core/engine/x.ts',
      text: "import type { A } from '../explain/a.ts';",
      says: 'does not import core/explain',
    },
    {
      why: 'a package outside its room',
      path: 'src/control/facts/x.ts',
      text: "import { z } from 'zod';",
      says: 'does not import the package zod',
    },
    {
      why: 'a lazy import counts too',
      path: 'src/control/facts/x.ts',
      text: "const z = await import('zod');",
      says: 'does not import the package zod',
    },
    {
      why: 'a re-export counts too',
      path: 'src/base/x.ts',
      text: "export type { A } from '../core/engine/facts.ts';",
      says: 'does not import core/engine',
    },
    {
      why: 'core reads the clock',
      path: 'src/core/engine/x.ts',
      text: 'export const a = Date.now();',
      says: 'has no Date',
    },
    {
      why: 'core is random',
      path: 'src/core/plant/x.ts',
      text: 'export const a = Math.random();',
      says: 'has no Math.random',
    },
    { why: 'core waits', path: 'src/core/plant/x.ts', text: 'export async function a() {}', says: 'synchronous' },
    { why: 'a file too long', path: 'src/base/x.ts', text: '\n'.repeat(401), says: 'at most 400' },
    { why: 'a name that says nothing', path: 'src/base/utils.ts', text: '', says: 'says nothing' },
    { why: 'a file outside every room', path: 'src/attic/x.ts', text: '', says: 'no room' },
    { why: 'unfinished work', path: 'src/base/x.ts', text: `// ${'TO'}DO later`, says: 'unfinished' },
    {
      why: 'web imports values of a server',
      path: 'web/src/x.ts',
      text: "import { a } from '../../src/people/dashboard/a.ts';",
      says: 'web does not import',
    },
  ])('$why', ({ path, text, says }) => {
    expect(findViolations(path, text).join('\n')).toContain(says);
  });

  test('what is allowed stays silent', () => {
    const text =
      "import type { Facts } from './facts.ts';\nimport { Failure } from '../../base/failure.ts';\n/** A Date in words. */\nexport const a = 'new Date()';\n";
    expect(findViolations('src/core/engine/x.ts', text)).toEqual([]);
    expect(importsOf(text)).toHaveLength(2);
  });

  test.each([
    {
      why: 'layer',
      path: 'src/core/engine/planted.ts',
      text: "import { request } from '../../platform/http/x.ts';\nexport const a = request;\n",
      rule: 'noRestrictedImports',
    },
    {
      why: 'node in core',
      path: 'src/core/engine/planted.ts',
      text: "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n",
      rule: 'noNodejsModules',
    },
    {
      why: 'clock in core',
      path: 'src/core/engine/planted.ts',
      text: 'export const a = Date.now();\n',
      rule: 'noRestrictedGlobals',
    },
    {
      why: 'long function',
      path: 'src/base/planted.ts',
      text: `export function a(): void {\n${'  void 0;\n'.repeat(70)}}\n`,
      rule: 'noExcessiveLinesPerFunction',
    },
  ])('Biome: $why', ({ path, text, rule }) => {
    const folder = mkdtempSync(join(tmpdir(), 'podtide-planted-'));
    try {
      cpSync('biome.json', join(folder, 'biome.json'));
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
      const biome = resolve('node_modules/.bin/biome');
      const run = spawnSync(biome, ['lint', '--vcs-enabled=false', '--colors=off', '.'], { cwd: folder });
      expect(run.status).not.toBe(0);
      expect(run.stderr.toString()).toContain(rule);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
