import { SCENARIO_DEPTH_MAX } from '../../base/limits.ts';
import type { ShapeProblem } from './shape-check.ts';

/** An object or list that is not closed yet. */
interface OpenValue {
  /** Keys so far; null in a list. */
  readonly keys: Set<string> | null;
  /** The key or index of what is being read. */
  at: string | number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Says what a JSON parser passes over in silence: a key that stands twice in one object, or a nesting that would exhaust
 * the stack of whoever walks through the value. Null when neither is there. The text is known to be JSON.
 */
export function checkText(text: string): ShapeProblem | null {
  const open: OpenValue[] = [];
  let isKeyNext = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const inner = open.at(-1);
    if (code === QUOTE) {
      const end = endOfString(text, index);
      if (isKeyNext && inner?.keys) {
        const key: string = JSON.parse(text.slice(index, end + 1));
        inner.at = key;
        if (inner.keys.has(key)) return { path: pathOf(open), message: 'stands twice' };
        inner.keys.add(key);
      }
      isKeyNext = false;
      index = end;
    } else if (code === OBJECT || code === LIST) {
      if (open.length === SCENARIO_DEPTH_MAX)
        return { path: '', message: `nested deeper than ${SCENARIO_DEPTH_MAX} levels` };
      open.push({ keys: code === OBJECT ? new Set() : null, at: 0 });
      isKeyNext = code === OBJECT;
    } else if (code === OBJECT_END || code === LIST_END) open.pop();
    else if (code === COMMA && inner !== undefined) {
      isKeyNext = inner.keys !== null;
      if (typeof inner.at === 'number') inner.at++;
    }
  }
  return null;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
  return end;
}

function pathOf(open: readonly OpenValue[]): string {
  return open
    .map(({ at }) => (typeof at === 'number' ? `[${at}]` : `.${at}`))
    .join('')
    .replace(/^\./, '');
}
