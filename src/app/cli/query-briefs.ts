import type { QueryAnnotationFlag } from '../config/query-annotation-flags.ts';

/** What the flags say in `--help` by which HPAs may bring queries along. */
export const QUERY_ANNOTATION_BRIEFS: Readonly<Record<QueryAnnotationFlag, string>> = {
  'query-annotation-namespaces':
    'namespaces, or *, whose HPAs may bring PromQL along as podtide.dev/query.METRIC, which sees series of its namespace alone; none when absent',
  'query-annotation-trusted-namespaces': 'namespaces, or *, whose HPAs may bring PromQL along that sees every series',
  'query-annotation-namespace-label': 'label that says which namespace a series is of (default namespace)',
};
