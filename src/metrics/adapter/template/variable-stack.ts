import type { GoValue } from './go-value.ts';

/** The variables of one template that is being rendered; the innermost of a name counts. `$` is there from the start. */
export class VariableStack {
  readonly #variables: { readonly name: string; value: GoValue }[];

  constructor(data: GoValue) {
    this.#variables = [{ name: '$', value: data }];
  }

  /** How many there are, to pop down to later. */
  get mark(): number {
    return this.#variables.length;
  }

  popTo(mark: number): void {
    this.#variables.length = mark;
  }

  push(name: string, value: GoValue): void {
    this.#variables.push({ name, value });
  }

  get(name: string): GoValue | undefined {
    return this.#variables.findLast((variable) => variable.name === name)?.value;
  }

  /** False when there is none of this name. */
  assign(name: string, value: GoValue): boolean {
    const variable = this.#variables.findLast((each) => each.name === name);
    if (variable === undefined) return false;
    variable.value = value;
    return true;
  }

  /** Sets the variable so many places from the top, 1 being the topmost. */
  setFromTop(place: number, value: GoValue): void {
    const variable = this.#variables.at(-place);
    if (variable !== undefined) variable.value = value;
  }
}
