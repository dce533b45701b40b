import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How the figures of a bench come out: as tables at the end, or each as a line of JSON at once. */
export interface FiguresRunOptions<Figures> {
  /** `json`, or tables. */
  readonly output: string;
  /** Whether the rows go into bench/RESULTS.md too. */
  readonly isWritten: boolean;
  readonly tables: (figures: readonly Figures[]) => string;
  /** The page with these rows in the place of the same ones. */
  readonly withFigures: (page: string, figures: readonly Figures[]) => string;
}

const PAGE = join(import.meta.dirname, '..', 'RESULTS.md');

/** Collects the figures of one bench: figures go to standard output, talk to standard error. */
export class FiguresRun<Figures> {
  readonly #options: FiguresRunOptions<Figures>;
  readonly #startedAtMs = Date.now();
  readonly #figures: Figures[] = [];

  constructor(options: FiguresRunOptions<Figures>) {
    this.#options = options;
  }

  /** Says what happens, and when. */
  readonly report = (text: string): void => {
    console.error(`${((Date.now() - this.#startedAtMs) / 1000).toFixed(0)} s  ${text}`);
  };

  readonly take = (figures: Figures): void => {
    this.#figures.push(figures);
    if (this.#options.output === 'json') console.log(JSON.stringify(figures));
    else console.error(this.#options.tables([figures]));
  };

  async finish(): Promise<void> {
    const { output, isWritten, tables, withFigures } = this.#options;
    if (output !== 'json') console.log(tables(this.#figures));
    if (isWritten) await writeFile(PAGE, withFigures(await readFile(PAGE, 'utf8'), this.#figures));
  }
}
