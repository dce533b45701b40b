import { posix } from 'node:path';
import {
  BANNED_CORE_GLOBALS,
  BANNED_FILE_NAMES,
  ENTRY_POINTS,
  ROOMS,
  type Room,
  SOURCE_LINES_MAX,
  WEB_TYPE_IMPORTS,
} from './house.ts';

interface ImportStatement {
  readonly target: string;
  readonly isTypeOnly: boolean;
}

/** What a source file breaks of the rules of the house; empty when nothing. `path` is relative to the repository. */
export function findViolations(path: string, text: string): readonly string[] {
  const isTest = /\.(test|bench)\.tsx?$/.test(path);
  return [
    ...sizeViolations(path, text),
    ...nameViolations(path),
    ...wordViolations(path, text),
    ...(isTest ? [] : [...importViolations(path, text), ...globalViolations(path, text)]),
  ];
}

/** The room of a path such as `src/core/engine/plan.ts`: `core/engine`; undefined outside every room. */
export function roomOf(path: string): string | undefined {
  if (!path.startsWith('src/')) return undefined;
  const [wing = '', room] = path.slice('src/'.length).split('/');
  if (wing in ROOMS) return wing;
  const key = `${wing}/${room}`;
  return key in ROOMS ? key : undefined;
}

function sizeViolations(path: string, text: string): readonly string[] {
  const lineCount = text.split('\n').length;
  return lineCount > SOURCE_LINES_MAX ? [`${path}: ${lineCount} lines, at most ${SOURCE_LINES_MAX}`] : [];
}

function nameViolations(path: string): readonly string[] {
  const name = posix.basename(path);
  if (BANNED_FILE_NAMES.some((banned) => banned.test(name))) return [`${path}: a name that says nothing`];
  if (!/^[a-z0-9]+([-.][a-z0-9]+)*\.tsx?$/.test(name)) return [`${path}: file names are kebab-case`];
  return [];
}

function wordViolations(path: string, text: string): readonly string[] {
  const found: string[] = [];
  if (/\b(TODO|FIXME|XXX)\b/.test(text)) found.push(`${path}: unfinished work belongs in an issue, not in a comment`);
  if (/^\s*\/\/\s*[-=*#]{4,}/m.test(text)) found.push(`${path}: no banners`);
  return found;
}

function importViolations(path: string, text: string): readonly string[] {
  if (path.startsWith('web/')) return webViolations(path, text);
  if (ENTRY_POINTS.includes(path)) return [];
  const roomName = roomOf(path);
  const room = roomName === undefined ? undefined : ROOMS[roomName];
  if (roomName === undefined || room === undefined) return [`${path}: stands in no room of test/house.ts`];
  return importsOf(text).flatMap((statement) => {
    const problem = importProblem(path, roomName, room, statement.target);
    return problem === undefined ? [] : [`${path}: ${problem}`];
  });
}

function importProblem(path: string, roomName: string, room: Room, target: string): string | undefined {
  if (target.startsWith('node:')) return room.isNode ? undefined : `${roomName} imports no ${target}`;
  if (!target.startsWith('.')) {
    const name = packageName(target);
    return room.packages.includes(name) ? undefined : `${roomName} does not import the package ${name}`;
  }
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  if (resolved.endsWith('package.json'))
    return roomName.startsWith('app/') ? undefined : `${roomName} reads no package.json`;
  const to = roomOf(resolved);
  if (to === undefined) return `${target} stands in no room`;
  if (to === roomName) return undefined;
  const wing = to.split('/')[0] ?? to;
  return room.imports.includes(to) || room.imports.includes(wing) ? undefined : `${roomName} does not import ${to}`;
}

function webViolations(path: string, text: string): readonly string[] {
  return importsOf(text).flatMap(({ target, isTypeOnly }) => {
    if (!target.startsWith('.')) return [];
    const to = roomOf(posix.normalize(posix.join(posix.dirname(path), target)));
    if (to === undefined) return [];
    const isAllowed = WEB_TYPE_IMPORTS.some((allowed) => to === allowed || to.startsWith(`${allowed}/`));
    const isPure = to === 'base' || to.startsWith('core/');
    return isAllowed && (isTypeOnly || isPure) ? [] : [`${path}: web does not import ${to}`];
  });
}

function globalViolations(path: string, text: string): readonly string[] {
  if (!path.startsWith('src/base/') && !path.startsWith('src/core/')) return [];
  const code = withoutCommentsAndStrings(text);
  const names = BANNED_CORE_GLOBALS.filter((name) =>
    new RegExp(`(?<![\\w.'"-])${name.replace('.', '\\.')}\\b(?!['":?])`).test(code),
  );
  const isAsync = path.startsWith('src/core/') && /\basync\b|\bawait\b/.test(code);
  return [
    ...names.map((name) => `${path}: pure code has no ${name}`),
    ...(isAsync ? [`${path}: core is synchronous`] : []),
  ];
}

/** Every module that the text imports, statically or not, re-exports included. */
export function importsOf(text: string): readonly ImportStatement[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found: ImportStatement[] = [];
  for (const match of code.matchAll(/^\s*(?:import|export)\s+(type\s+)?[^;'"]*?from\s*['"]([^'"]+)['"]/gm)) {
    found.push({ target: match[2] ?? '', isTypeOnly: match[1] !== undefined });
  }
  for (const match of code.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm))
    found.push({ target: match[1] ?? '', isTypeOnly: false });
  for (const match of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ target: match[1] ?? '', isTypeOnly: false });
  return found;
}

function packageName(target: string): string {
  const parts = target.split('/');
  return target.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? target);
}

function withoutCommentsAndStrings(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
    .replace(/`(?:[^`\\]|\\.)*`/g, '``');
}
