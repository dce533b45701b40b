import { Failure } from '../../base/failure.ts';
import { explainScrapeProblem, type ScrapeProblem } from '../../core/explain/scrape-problem.ts';

/** A scrape of one node that brought nothing: the message names the node and the rule, the hint says what to do. */
export class ScrapeFailure extends Failure {
  readonly problem: ScrapeProblem;

  constructor(nodeName: string, problem: ScrapeProblem, cause?: unknown) {
    const { text, remedy } = explainScrapeProblem(problem, 'en');
    super('unavailable', `node ${nodeName}: ${text}`, { hint: remedy, cause });
    this.problem = problem;
  }
}
