/** What is wrong with a JSON text, in the words of upstream's decoder. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/**
 * Walks a JSON text and returns the paths of fields that an object names twice (`spec.maxReplicas`), in order. Throws
 * JsonSyntaxError where upstream's decoder would fail, with its message. The value itself is JSON.parse's affair.
 */
export function findDuplicateFields(text: string): readonly string[] {
  const scan: Scan = { text, at: 0, duplicates: [] };
  skipSpace(scan);
  scanValue(scan, '');
  skipSpace(scan);
  if (scan.at < text.length) fail(scan, 'after top-level value');
  return scan.duplicates;
}

interface Scan {
  readonly text: string;
  at: number;
  readonly duplicates: string[];
}

const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;

function scanValue(scan: Scan, path: string): void {
  const first = scan.text[scan.at];
  if (first === '{') scanObject(scan, path);
  else if (first === '[') scanArray(scan, path);
  else if (first === '"') scanString(scan);
  else if (first !== undefined && first in LITERALS) scanLiteral(scan, LITERALS[first] ?? '');
  else scanNumber(scan);
}

function scanObject(scan: Scan, path: string): void {
  const seen = new Set<string>();
  scan.at += 1;
  skipSpace(scan);
  if (scan.text[scan.at] === '}') {
    scan.at += 1;
    return;
  }
  for (;;) {
    if (scan.text[scan.at] !== '"') fail(scan, 'looking for beginning of object key string');
    const key = scanString(scan);
    const field = path === '' ? key : `${path}.${key}`;
    if (seen.has(key)) scan.duplicates.push(field);
    seen.add(key);
    skipSpace(scan);
    if (scan.text[scan.at] !== ':') fail(scan, 'after object key');
    scan.at += 1;
    skipSpace(scan);
    scanValue(scan, field);
    skipSpace(scan);
    const next = scan.text[scan.at];
    if (next !== ',' && next !== '}') fail(scan, 'after object key:value pair');
    scan.at += 1;
    if (next === '}') return;
    skipSpace(scan);
  }
}

function scanArray(scan: Scan, path: string): void {
  scan.at += 1;
  skipSpace(scan);
  if (scan.text[scan.at] === ']') {
    scan.at += 1;
    return;
  }
  for (let index = 0; ; index += 1) {
    scanValue(scan, `${path}[${index}]`);
    skipSpace(scan);
    const next = scan.text[scan.at];
    if (next !== ',' && next !== ']') fail(scan, 'after array element');
    scan.at += 1;
    if (next === ']') return;
    skipSpace(scan);
  }
}

function scanString(scan: Scan): string {
  const start = scan.at;
  scan.at += 1;
  for (;;) {
    const char = scan.text[scan.at];
    if (char === undefined || char < ' ') fail(scan, 'in string literal');
    scan.at += 1;
    if (char === '"') break;
    if (char === '\\') {
      const escaped = scan.text[scan.at];
      if (escaped === undefined || !'"\\/bfnrtu'.includes(escaped)) fail(scan, 'in string escape code');
      scan.at += 1;
    }
  }
  const literal = scan.text.slice(start, scan.at);
  return literal.includes('\\') ? unescaped(literal) : literal.slice(1, -1);
}

function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    throw new JsonSyntaxError('invalid character in \\u hexadecimal character escape');
  }
}

function scanLiteral(scan: Scan, literal: string): void {
  for (const expected of literal) {
    if (scan.text[scan.at] !== expected) fail(scan, `in literal ${literal} (expecting '${expected}')`);
    scan.at += 1;
  }
}

function scanNumber(scan: Scan): void {
  NUMBER.lastIndex = scan.at;
  const match = NUMBER.exec(scan.text);
  if (match === null) fail(scan, 'looking for beginning of value');
  scan.at += match[0].length;
}

function skipSpace(scan: Scan): void {
  while (' \t\r\n'.includes(scan.text[scan.at] ?? 'x')) scan.at += 1;
}

function fail(scan: Scan, where: string): never {
  const char = scan.text[scan.at];
  if (char === undefined) throw new JsonSyntaxError('unexpected end of JSON input');
  throw new JsonSyntaxError(`invalid character '${char === "'" ? "\\'" : char}' ${where}`);
}
