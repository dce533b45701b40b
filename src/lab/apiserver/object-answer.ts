import { objectAnswer } from './answer.ts';
import type { AnswerForm } from './negotiation.ts';
import { negotiateAnswer } from './negotiation.ts';
import type { ApiObject } from './object.ts';
import { viewOf } from './object-view.ts';
import type { ResourceRequest } from './resource-request.ts';
import { columnsOf, parseIncludeObject, partialObject, renderTable } from './table.ts';

/** The form of an answer about objects. Throws a 406 Status. */
export function answerForm(request: ResourceRequest): AnswerForm {
  return negotiateAnswer(request.headers.get('accept'), { table: true, stream: request.target.name === null });
}

/** An object in the form that the client asked for. */
export function answerObject(
  request: ResourceRequest,
  stored: ApiObject,
  code: number,
  warnings: readonly string[] = [],
): Response {
  const form = answerForm(request);
  const view = viewOf(request.served, stored);
  const all = [...deprecations(request), ...warnings];
  if (form === 'partialObject') return objectAnswer(partialObject(view.metadata), form, { code, warnings: all });
  if (form !== 'table') return objectAnswer(view, form, { code, warnings: all });
  const { resourceVersion } = view.metadata;
  const table = renderTable(
    columnsOf(request.served.version),
    [view],
    resourceVersion === undefined ? {} : { resourceVersion },
    tableOptions(request),
  );
  return objectAnswer(table, form, { code, warnings: all });
}

/** What an answer in a deprecated version warns of. */
export function deprecations({ served }: ResourceRequest): readonly string[] {
  const { deprecationWarning } = served.version;
  return deprecationWarning === undefined ? [] : [deprecationWarning];
}

/** How the tables of a request are made. */
export function tableOptions(request: ResourceRequest) {
  return {
    include: parseIncludeObject(request.query),
    nowMs: request.state.clock.nowMs(),
    ...(request.served.version.hasNullRowsWhenEmpty === true ? { hasNullRowsWhenEmpty: true } : {}),
  };
}
