/** Where the view is painted. */
export interface Screen {
  write(text: string): void;
  /** Size in cells; read at every frame, because windows are resized. */
  size(): { readonly columns: number; readonly rows: number };
}

/** Whether a terminal can be redrawn in place; elsewhere changes are printed line by line. */
export function canRedraw(terminal: {
  readonly isTty: boolean;
  readonly noColor: string | undefined;
  readonly term: string | undefined;
}): boolean {
  return terminal.isTty && (terminal.noColor ?? '') === '' && terminal.term !== 'dumb';
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[2K';
const CLEAR_BELOW = '\u001b[0J';

/** Paints frames over one another, below whatever the terminal shows already. */
export class LivePainter {
  readonly #screen: Screen;
  #paintedLineCount = 0;
  #isCursorHidden = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Replaces the frame before. Lines beyond the window are left out, because they could not be painted over. */
  paint(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, this.#screen.size().rows - 1));
    const text = shown.map((line) => `${CLEAR_LINE}${line}\n`).join('');
    this.#screen.write(`${this.#isCursorHidden ? '' : HIDE_CURSOR}${this.#backToTop()}${text}${CLEAR_BELOW}`);
    this.#isCursorHidden = true;
    this.#paintedLineCount = shown.length;
  }

  /** Leaves the last frame where it is and gives the cursor back. */
  close(): void {
    if (!this.#isCursorHidden) return;
    this.#isCursorHidden = false;
    this.#paintedLineCount = 0;
    this.#screen.write(SHOW_CURSOR);
  }

  #backToTop(): string {
    return this.#paintedLineCount === 0 ? '' : `\u001b[${this.#paintedLineCount}A\r`;
  }
}
