import { type GoStruct, goString } from './template/go-value.ts';

/** What the template of a query is rendered with. */
export interface QueryData {
  /** Name of the Prometheus series; empty in resource rules. */
  readonly series: string;
  readonly labelMatchers: readonly string[];
  readonly labelValuesByName: ReadonlyMap<string, string>;
  readonly groupBy: readonly string[];
}

/** The data under the names that templates know: `.Series`, `.LabelMatchers`, `.LabelValuesByName`, `.GroupBy`, `.GroupBySlice`. */
export function queryTemplateData({ series, labelMatchers, labelValuesByName, groupBy }: QueryData): GoStruct {
  return {
    kind: 'struct',
    typeName: 'naming.queryTemplateArgs',
    fields: new Map([
      ['Series', goString(series)],
      ['LabelMatchers', goString(labelMatchers.join(','))],
      ['LabelValuesByName', { kind: 'map', entries: labelValuesByName }],
      ['GroupBy', goString(groupBy.join(','))],
      ['GroupBySlice', { kind: 'list', items: groupBy }],
    ]),
    methods: new Map(),
  };
}
