/** Why a function refuses its arguments, in Go's words; `limit` when it is a bound of ours that refuses. */
export class CallProblem extends Error {
  readonly kind: 'execution' | 'limit';

  constructor(message: string, kind: CallProblem['kind'] = 'execution') {
    super(message);
    this.kind = kind;
  }
}
