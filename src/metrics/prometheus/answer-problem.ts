import type { PrometheusProblem } from '../../core/explain/prometheus-problem.ts';

/** What is wrong with an answer, thrown where it is read; whoever asked says of which backend and which request. */
export class AnswerProblem extends Error {
  override readonly name = 'AnswerProblem';
  readonly problem: PrometheusProblem;

  constructor(problem: PrometheusProblem, cause?: unknown) {
    super(problem.code, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}

/** An answer whose form is not that of Prometheus' API; `detail` says which rule it breaks. */
export function malformed(detail: string): AnswerProblem {
  return new AnswerProblem({ code: 'Malformed', detail });
}
